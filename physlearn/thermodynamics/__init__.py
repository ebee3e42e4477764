"""The thermodynamics of learning: a ledger for Langevin runs, fluctuation theorems, what training stores."""

from physlearn.lazy import public_names

__getattr__, __dir__, __all__ = public_names(
    __name__,
    {
        "Ledger": "ledger",
        "with_ledger": "ledger",
        "ledger_of": "ledger",
        "jarzynski": "fluctuations",
        "bar": "fluctuations",
        "crooks": "fluctuations",
        "integral_theorem": "fluctuations",
        "Trap": "traps",
        "linear_trap": "traps",
        "drive": "traps",
        "Networks": "networks",
        "LinearModel": "information",
        "gaussian_information": "information",
        "gaussian_model": "exact",
    },
)
