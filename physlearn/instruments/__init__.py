"""What reads a system: thermometers, statistics of correlated series, calibration."""

from physlearn.lazy import public_names

__getattr__, __dir__, __all__ = public_names(
    __name__,
    {
        "mean_and_error": "statistics",
        "standard_error": "statistics",
        "blocking_error": "statistics",
        "autocorrelation_time": "statistics",
        "effective_sample_size": "statistics",
        "r_hat": "chains",
        "bulk_ess": "chains",
        "error": "calibration",
        "nll": "calibration",
        "ece": "calibration",
        "configurational_temperature": "thermometer",
        "kinetic_temperature": "thermometer",
        "gradient_noise": "thermometer",
        "Virial": "virial",
        "NoiseTemperatures": "probe",
        "read_noise": "probe",
        "settled_step": "stationarity",
        "rounding_warning": "rounding",
    },
)
