"""Lists of priors tell of each what it is."""

from __future__ import annotations

import os
from dataclasses import replace

from napari_flowprior import FlowPrior
from napari_flowprior._widgets.fields import _prior
from napari_flowprior._widgets.fields._prior import describe


def test_what_a_prior_cannot_is_told(tiny_priors, tmp_path):
    assert describe(tiny_priors[1]) == "Dots\nLicence: CC0-1.0"
    prior = FlowPrior.load(tiny_priors[1])
    path = tmp_path / "noisy.safetensors"
    FlowPrior(prior.flow, replace(prior.info, sigma_min=10 / 255)).save(path)
    dots, restriction, licence = describe(path).split("\n")
    assert (dots, licence) == ("Dots", "Licence: CC0-1.0")
    assert "no noise below a level of 10 of 255" in restriction


def test_a_file_is_read_once_for_all_lists(qtbot, tiny_priors, tmp_path, monkeypatch):
    path = tmp_path / "mine.safetensors"
    path.write_bytes(tiny_priors[1].read_bytes())
    read = []
    monkeypatch.setattr(_prior, "describe", lambda p: read.append(p) or "Dots")
    for _ in range(2):
        field = _prior.PriorChoice()
        qtbot.addWidget(field.native)
        field.value = path
        assert "Dots" in field.choice.tooltip
    assert read == [path]
    os.utime(path, (0, 0))
    field.value = "auto"
    field.value = path
    assert read == [path, path]


def test_what_is_wrong_with_a_file(tmp_path):
    assert "There is no prior" in describe(tmp_path / "gone.safetensors")
