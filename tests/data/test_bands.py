"""Bands of rows stand for an image, however large it is."""

from __future__ import annotations

import numpy as np

from napari_flowprior.data import PlaneView, spread_bands


def test_small_images_are_read_whole():
    view = PlaneView(np.broadcast_to(np.float32(0), (3, 500, 400)), "ZYX")
    assert list(spread_bands(view)) == [(n, slice(0, 500)) for n in range(3)]


def test_of_large_ones_the_ends_and_what_is_between():
    view = PlaneView(np.broadcast_to(np.float32(0), (20, 5000, 4000)), "ZYX")
    bands = list(spread_bands(view))
    samples = sorted({sample for sample, _ in bands})
    assert len(samples) == 9
    assert samples[::8] == [0, 19]
    rows = [rows for sample, rows in bands if sample == 0]
    assert len(rows) == 16
    assert rows[0].start == 0
    assert rows[-1].stop == 5000
    assert sum(rows.stop - rows.start for _, rows in bands) * 4000 < 2**20
