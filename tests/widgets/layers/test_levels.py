"""Layers that begin at a level of resolution, and the choice of one."""

from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Image

from napari_flowprior._widgets.layers import LevelChoice, at_level, level_data

PLACES = {
    "plain": {},
    "scale": {"scale": (2, 0.5, 3), "translate": (1, -7, 30)},
    "turned": {"scale": (1, 3, 2), "rotate": 30, "translate": (0, 5, 9)},
    "units": {"units": ("um", "um", "mm"), "axis_labels": ("z", "y", "x")},
}


@pytest.fixture(params=PLACES)
def layer(request):
    sizes = [(4, 32, 48), (4, 16, 24), (2, 8, 12)]
    levels = [np.zeros(size, np.uint8) for size in sizes]
    return Image(levels, multiscale=True, name="z", **PLACES[request.param])


@pytest.mark.parametrize("level", [0, 1, 2])
def test_a_level_covers_what_the_layer_covers(layer, level):
    coarse = at_level(layer, level)
    size = np.array(level_data(layer, level).shape)
    assert coarse.data[0].shape == tuple(size)
    assert len(coarse.data) == 3 - level
    full = np.array(layer.data[0].shape)
    for corner in (0, 1):
        np.testing.assert_allclose(
            coarse.data_to_world(corner * size - 0.5),
            layer.data_to_world(corner * full - 0.5),
        )
    assert coarse.units == layer.units
    assert coarse.axis_labels == layer.axis_labels


def test_colours_are_no_axis_of_it():
    levels = [np.zeros((side, side, 3), np.uint8) for side in (32, 16)]
    coarse = at_level(Image(levels, multiscale=True, rgb=True), 1)
    assert coarse.rgb
    np.testing.assert_allclose(coarse.scale, (2, 2))
    np.testing.assert_allclose(coarse.translate, (0.5, 0.5))


def test_levels_are_named_by_their_size(qtbot):
    choice = LevelChoice(name="level", label="Level")
    qtbot.addWidget(choice.native)
    levels = [np.zeros(size) for size in ((30, 40), (15, 20))]
    choice.follow(Image(levels, multiscale=True), anew=True)
    box = choice.native
    labels = [box.itemText(row) for row in range(box.count())]
    assert labels == ["full: 30x40", "1/2: 15x20"]


def test_a_choice_stays_for_new_data_and_not_for_another_layer(qtbot):
    choice = LevelChoice(name="level", label="Level")
    qtbot.addWidget(choice.native)
    levels = [np.zeros((side, side)) for side in (64, 32, 16)]
    layer = Image(levels, multiscale=True)
    choice.follow(layer, anew=True)
    choice.value = 1
    choice.follow(layer, anew=False)
    assert choice.value == 1
    told = []
    choice.changed.connect(told.append)
    choice.follow(Image(levels[:2], multiscale=True), anew=True)
    assert (choice.value, told) == (0, [0])
    choice.take_nearest(5)
    assert choice.value == 1
    choice.follow(None, anew=True)
    assert choice.values == (0,)
