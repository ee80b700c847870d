"""Pictures of a training."""

from __future__ import annotations

import numpy as np
import pytest
from trainings import pictures

from napari_flowprior._widgets.train.figures._pictures import PictureRow, TrainPictures


@pytest.mark.parametrize("channels", [1, 3])
def test_pictures(qtbot, channels):
    shown = TrainPictures()
    qtbot.addWidget(shown)
    shown.show_pictures(pictures(channels))
    assert (len(shown.patches.images), len(shown.samples.images)) == (3, 6)
    clean = pictures(channels).clean
    colour = shown.patches.images[0].pixelColor(2, 1)
    expected = np.broadcast_to(np.round(clean[:, 1, 2] * 255), 3)
    assert list(colour.getRgb()[:3]) == list(expected)


def test_pictures_without_conditioning(qtbot):
    shown = TrainPictures()
    qtbot.addWidget(shown)
    given = pictures()
    object.__setattr__(given, "noisy", None)
    object.__setattr__(given, "restored", None)
    given.samples[0] = np.nan
    shown.show_pictures(given)
    assert len(shown.patches.images) == 1


def test_pictures_are_squares(qtbot):
    row = PictureRow()
    qtbot.addWidget(row)
    row.show_images([np.zeros((1, 8, 8))] * 3)
    assert row.heightForWidth(308) == 100
    assert row.heightForWidth(3000) == 150
