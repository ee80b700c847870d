"""Lists of priors tell of each what it is."""

from __future__ import annotations

from dataclasses import replace

from napari_flowprior import FlowPrior
from napari_flowprior._widgets.fields._prior import describe


def test_what_a_prior_cannot_is_told(tiny_priors, tmp_path):
    assert describe(tiny_priors[1]) == "Dots\nLicence: CC0-1.0"
    prior = FlowPrior.load(tiny_priors[1])
    path = tmp_path / "noisy.safetensors"
    FlowPrior(prior.flow, replace(prior.info, sigma_min=10 / 255)).save(path)
    dots, restriction, licence = describe(path).split("\n")
    assert (dots, licence) == ("Dots", "Licence: CC0-1.0")
    assert "no noise below a level of 10 of 255" in restriction


def test_what_is_wrong_with_a_file(tmp_path):
    assert "There is no prior" in describe(tmp_path / "gone.safetensors")
