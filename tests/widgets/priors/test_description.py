"""Priors say of themselves what they are for, and what they cannot do."""

from __future__ import annotations

from pathlib import Path

import pytest

from napari_flowprior._widgets.priors._description import describe
from napari_flowprior._widgets.priors._library import Entry
from napari_flowprior.priors import PriorInfo


def said(**facts):
    info = PriorInfo(name="mine", **facts)
    path = Path("mine.safetensors")
    return describe(Entry(path=path, shipped=False, info=info, channels=1)).split("\n")


@pytest.mark.parametrize(
    ("levels", "says"),
    [
        ({}, "it knows no levels, so that only slow estimators use it"),
        ({"sigma_max": 1.0}, "up to a level of 255 of 255"),
        ({"sigma_min": 10 / 255, "sigma_max": 1.0}, "from a level of 10 to 255 of 255"),
    ],
)
def test_noise(levels, says):
    lines = said(**levels)
    assert f"Noise: {says}" in lines
    restricted = [line for line in lines if "noisy images alone" in line]
    assert len(restricted) == ("sigma_min" in levels)


def test_what_is_not_known_is_left_out():
    lines = said(training={"steps": 600, "images": "many"})
    assert "Steps of training: 600" in lines
    assert "Licence: not stated" in lines
    assert not any(line.startswith(("Images of", "Trained on")) for line in lines)
    assert all(lines)
