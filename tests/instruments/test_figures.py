"""The figures of a training run: what is drawn, on axes that show it, and what their captions say."""

import numpy as np
import pytest
import torch

from physlearn.instruments import calibration, figures, predictive_figures, thermometer_figures

STEP = np.arange(100, 2001, 100)


def history(energy, error):
    return {"step": STEP, "energy": energy, "validation_error": error, "temperature": np.full(20, 1e-4),
            "dropout": np.zeros(20)}  # fmt: skip


FALLING = np.where(STEP < 800, 5 - STEP / 200, 1.0) + 0.01 * np.cos(np.pi * np.arange(20))


def test_the_caption_says_until_when_energy_falls():
    drawing, table = figures.training(history(FALLING, np.full(20, 0.0084)), 1000)
    assert figures.settling_step(STEP, FALLING) == 800
    assert drawing.get_label().startswith(
        "Energy falls until step 800, then fluctuates with standard deviation 0.0098:"
    )
    assert "samples are taken from step 1,000 on" in drawing.get_label()
    assert table["energy"] is not None
    late = figures.training(history(np.linspace(5, 1, 20), np.zeros(20)), 1000)[0].get_label()
    assert "still falls at step" in late
    assert "not yet in equilibrium" in late
    flat = 1 + 0.01 * np.cos(np.pi * np.arange(20))
    assert (
        figures.training(history(flat, np.zeros(20)), 0)[0].get_label().startswith("Energy fluctuates from the first")
    )


def test_single_errors_are_inside_the_validation_axis():
    """0.84 % is one image of 119; the control, an outlier, is a triangle at the edge and is counted."""
    error = np.zeros(20)
    error[7] = 1 / 119
    middle = figures.training(history(FALLING, error), 0)[0].axes[1]
    low, high = middle.get_ylim()
    assert low < 0
    assert high > 100 / 119
    shown = middle.get_lines()[0].get_ydata()
    assert len(shown) == 20
    assert shown.max() == pytest.approx(100 / 119)
    error = np.full(20, 0.01)
    error[3] = 0.9
    drawing = figures.training(history(FALLING, error), 0)[0]
    assert drawing.axes[1].get_ylim()[1] < 10
    assert list(drawing.axes[1].get_lines()[1].get_xdata()) == [400]
    assert "1 validation points lie above" in drawing.get_label()


def test_negative_readings_are_drawn():
    readings = np.full(20, -4e-6)
    full = history(FALLING, np.zeros(20)) | {"temperature_minibatch": readings}
    drawing, table = thermometer_figures.thermometers(full, {"temperature_minibatch": (-4e-6, 1e-6)}, None)
    left = drawing.axes[0]
    assert left.get_yscale() == "symlog"
    assert left.get_ylim()[0] < -4e-6
    assert "linear in the grey band" in left.get_ylabel()
    assert table["temperature_minibatch"] == pytest.approx(readings)
    ratios = (["fc1", "fc2"], [1.01, 1.2], [0.01, 0.05])
    assert "Farthest from its prediction is fc2, by 4.0" in thermometer_figures.thermometer_caption(1e-4, {}, ratios)


def test_bins_of_equal_counts_hold_what_equal_bins_hide():
    """Nearly sure predictions, of which one in ten is wrong: ten bins with points; equal bins have one."""
    sure = torch.linspace(0.97, 0.9999, 200, dtype=torch.float64)
    p = torch.stack([sure, 1 - sure], 1)
    labels = (torch.arange(200) % 10 == 0).long()
    confidence, accuracy, count = calibration.equal_counts(p, labels)
    assert count.tolist() == [20] * 10
    assert accuracy.tolist() == pytest.approx([0.9] * 10)
    assert confidence.tolist() == pytest.approx([float(sure[20 * i : 20 * i + 20].mean()) for i in range(10)])
    assert int((calibration.reliability(p, labels).count > 0).sum()) == 1
    assert len(calibration.equal_counts(p[:25], labels[:25]).count) == 2
    with pytest.raises(ValueError, match="at least 1"):
        calibration.equal_counts(p, labels, 0)
    drawing, table = predictive_figures.reliability({"last": tuple(v.numpy() for v in (confidence, accuracy, count))})
    assert drawing.axes[0].get_xlim()[0] < 0.971
    assert "last is overconfident by 8.5 points" in drawing.get_label()
    assert table["last count"].sum() == 200


def test_widths_of_the_layers_stand_in_the_caption():
    w = np.random.default_rng(0).normal(0, 0.2, 4000)
    assert "fc 2.0" in figures.weights({"fc": w}, {"fc": 0.01})[0].get_label()


def test_no_outlier_leaves_nothing_outside_the_figure():
    drawing = figures.training(history(FALLING, np.full(20, 0.0084)), 0)[0]
    heights = [axis.get_position().height for axis in (drawing.canvas.draw() or drawing.axes[:3])]
    assert min(heights) > 0.2  # an empty artist beyond the axes once took the room of all three


def test_single_steps_without_masks_do_not_stretch_the_axis():
    rate = np.append(np.linspace(0.5, 0.02, 60), 0.001)
    drawing = thermometer_figures.dropout_temperature(rate, np.append(1e-6 * rate[:-1], 1e-16))[0]
    assert drawing.axes[0].get_ylim()[0] > 1e-10
    assert "1 of 61 logged steps lie below the axis" in drawing.get_label()
    few = thermometer_figures.dropout_temperature(np.array([0.5, 0.1]), np.array([1e-6, 1e-7]))[0]  # no block of two
    assert "below the axis" not in few.get_label()
