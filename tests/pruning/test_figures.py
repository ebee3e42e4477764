"""Figures hold the numbers that they draw, and draw what a pruned network can come to: empty layers, one seed."""

import numpy as np
from matplotlib.figure import Figure

from physlearn.pruning import figures
from physlearn.pruning.published import HAN, POINTS


def drawn(picture, tmp_path):
    drawing, table = picture
    assert isinstance(drawing, Figure)
    drawing.savefig(tmp_path / "figure.png")
    return table


def test_error_against_compression_keeps_every_point_and_a_panel_a_network(tmp_path):
    network, criterion = ["lenet300"] * 3 + ["lenet5"] * 2, ["magnitude", "magnitude", "random", "magnitude", "random"]
    error = np.array([0.014, 0.013, 0.3, 0.007, 0.008])
    nan = np.full(5, np.nan)
    names = {key: (HAN[key].name, POINTS[key]) for key in POINTS}
    picture = figures.error_against_compression(network, criterion, [50, 12, 50, 100, 100], error, nan, names)
    assert [axis.get_title() for axis in picture[0].axes] == ["LeNet-300-100", "LeNet-5"]
    line = picture[0].axes[0].get_lines()[0]
    assert list(line.get_xdata()) == [12, 50]  # in the order of compression
    assert drawn(picture, tmp_path)["error"].tolist() == error.tolist()


def test_augmented_rows_are_held_against_the_dense_network_where_all_are_augmented():
    """In panel a the dense network is that of the plain row; in b, where every row is augmented, it is their own."""
    ways = ["magnitude", "magnitude, augmented", "magnitude, augmented"]
    compression, error, nan = [12, 50, 75], np.array([0.014, 0.010, 0.080]), np.full(3, np.nan)
    dense = {"a": (0.015, 0.001), "b": (0.085, 0.001)}
    caption = figures.error_against_compression(["a", "a", "b"], ways, compression, error, nan, {}, dense)[
        0
    ].get_label()
    assert "a: 12x by magnitude is" in caption
    assert "b: 75x by magnitude, augmented is" in caption


def test_histograms_count_every_weight_also_of_a_layer_that_lost_all(tmp_path):
    noise = np.random.default_rng(4).normal(size=300)
    before = {f"fc{i}": i * noise for i in range(1, 6)}
    after = {name: w[: 10 * i] for i, (name, w) in enumerate(before.items())}
    table = drawn(figures.weights_before_after(before, after), tmp_path)
    layers = np.array(table["layer"])
    for name in before:
        assert np.array(table["before"])[layers == name].sum() == 300
        assert np.array(table["after"])[layers == name].sum() == len(after[name])


def test_densities_stand_beside_the_papers(tmp_path):
    theirs = {layer: kept / 100 for layer, (kept, _) in HAN["lenet300"].layers.items()}
    table = drawn(figures.density_by_layer({"fc1": 0.01, "fc2": 0.0, "fc3": 1.0}, theirs), tmp_path)
    assert np.allclose(table["density"], [0.01, 0, 1])
    assert np.allclose(table["han_2015"], [0.08, 0.09, 0.26])
    assert np.isnan(drawn(figures.density_by_layer({"fc": 0.5}), tmp_path)["han_2015"]).all()


def test_receptive_field_sums_over_neurons_and_channels(tmp_path):
    mask = np.zeros((3, 2 * 2 * 4), dtype=bool)
    mask[0, 5] = mask[1, 5] = mask[2, 8 + 5] = mask[2, 0] = True
    picture = figures.receptive_field(mask, (2, 2, 4))
    table = drawn(picture, tmp_path)
    assert table["weights_kept"].tolist() == [1, 0, 0, 0, 0, 3, 0, 0]
    assert picture[0].axes[0].get_title() == "2 of 8 pixels are still read"
