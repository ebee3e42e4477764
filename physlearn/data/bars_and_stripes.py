"""Bars and stripes: all n x n images whose rows, or whose columns, are each all white or all black."""

import torch

from physlearn.data.raw import Raw


def read(size: int | None = None) -> Raw:
    """The 2^(n+1) - 2 images, x uint8 (example, 1, n, n) of 0 and 255; training and test set are the same.

    Label 0: rows (bars); 1: columns (stripes). All black and all white, which are both, count as rows.

    Args:
        size: n; None: 4.

    Raises:
        ValueError: n is not in 2 ... 12.

    Source: MacKay, Information Theory, Inference, and Learning Algorithms (2003), section 43.3.
    """
    n = 4 if size is None else size
    if not 2 <= n <= 12:
        raise ValueError(f"data.size={size}: allowed are whole numbers from 2 to 12")
    lines = (torch.arange(2**n)[:, None] >> torch.arange(n) & 1).to(torch.uint8) * 255  # (pattern, line)
    rows = lines[:, :, None].expand(-1, n, n)
    columns = lines[1:-1, None, :].expand(-1, n, n)
    x = torch.cat((rows, columns))[:, None].contiguous()  # (example, channel, height, width)
    y = torch.cat((torch.zeros(len(rows)), torch.ones(len(columns)))).long()
    return Raw((x, y), (x.clone(), y.clone()), classes=2, note="training and test set are the same images")
