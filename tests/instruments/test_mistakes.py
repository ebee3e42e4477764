"""Confusion and worst images of predictions that are known one by one."""

import numpy as np
import pytest
import torch

from physlearn.instruments.mistakes import confusion, draw_confusion, draw_worst, worst

LABELS = torch.tensor([0, 0, 1, 2, 2])
P = torch.tensor([[0.9, 0.1, 0.0], [0.2, 0.7, 0.1], [0.3, 0.4, 0.3], [0.98, 0.01, 0.01], [0.1, 0.2, 0.7]])


def test_rows_are_labels_and_columns_what_they_were_taken_for():
    """Label 0 once as 1, label 2 once as 0; transposed it would be another table."""
    matrix = confusion(P.argmax(1), LABELS, 3)
    assert matrix.tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 1]]
    assert draw_confusion(matrix)[1]["predicted_0"].tolist() == [1, 0, 1]


def test_a_class_that_never_comes_has_its_row():
    assert confusion(torch.tensor([0]), torch.tensor([0]), 4).shape == (4, 4)


def test_the_worst_are_those_least_sure_of_their_label():
    """p of the label: .9, .2, .4, .01, .7."""
    assert worst(P, LABELS, 3).tolist() == [3, 1, 2]
    assert len(worst(P, LABELS, 100)) == 5


@pytest.mark.parametrize("channels", [1, 3])
def test_the_table_says_which_image_it_is(channels):
    index = worst(P, LABELS, 2)
    images = torch.rand(2, channels, 4, 4, generator=torch.Generator().manual_seed(0))
    _, table = draw_worst(images, LABELS[index], P[index], index)
    assert table["test_index"].tolist() == [3, 1]
    assert table["label"].tolist() == [2, 0]
    assert table["predicted"].tolist() == [0, 1]
    assert np.allclose(table["nats"], [-np.log(0.01), -np.log(0.2)])
