"""Priors from nothing but noisy images."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from napari_flowprior import FlowPrior, TrainJob, log_prob_map, restore, train
from napari_flowprior._errors import InputError
from napari_flowprior.restoration import Noise
from napari_flowprior.training import (
    Likelihood,
    Noisiness,
    Recorruption,
    TrainingImage,
    iter_foresee,
    load_recipe,
)
from napari_flowprior.training._from_noisy import common_level, fit_to_noise

if TYPE_CHECKING:
    from pathlib import Path

RECIPE = """
title = "tiny"
source = "images"
[flow]
levels = 1
steps = 1
hidden = 4
noise_conditional = true
score_widths = [4]
[patches]
size = 16
[train]
steps = 2
batch_size = 2
[[train.losses]]
name = "likelihood"
[[train.losses]]
name = "score"
[[train.losses]]
name = "denoising"
"""
RAMP = np.add.outer(np.arange(64), np.arange(64)) * (200 / 126)
FOUND = Noisiness(
    looked_at=3, noisy=3, level=0.1, example="Noise.", sigmas=(9.0, 10.0, 11.0)
)


@pytest.fixture
def job(tmp_path: Path) -> TrainJob:
    recipe = tmp_path / "tiny.toml"
    recipe.write_text(RECIPE)
    noise = np.random.default_rng(0).normal(0, 10, (2, 64, 64))
    return TrainJob(
        out=tmp_path / "mine.safetensors",
        recipe=recipe,
        data=(TrainingImage((RAMP + noise).astype(np.float32), "TYX", "stack"),),
        images="noisy",
        device="cpu",
    )


def test_a_prior_of_noisy_images_says_which_levels_it_knows(job: TrainJob) -> None:
    result = train(replace(job, sigma=10.0))
    prior = FlowPrior.load(result.prior)
    # The range is that of the noisy images.
    assert 10 / 300 < prior.sigma_min < 10 / 150
    told = prior.info.training["images_noise_level"]
    assert told == pytest.approx(prior.sigma_min, abs=1e-5)
    assert set(prior.info.training["losses"]) == {"likelihood", "recorruption"}
    image = RAMP + np.random.default_rng(1).normal(0, 10, RAMP.shape)
    options = {"prior": prior, "device": "cpu"}
    known, weaker = Noise(sigma=10.0), Noise(sigma=5.0)
    assert restore(image, degradation=known, **options).shape == RAMP.shape
    with pytest.raises(InputError, match=r"no noise below a level of .* of 255; this"):
        restore(image, degradation=weaker, **options)
    with pytest.raises(InputError, match="the estimator hqs asks for weaker noise"):
        restore(image, degradation=known, estimator="hqs", **options)
    with pytest.raises(InputError, match="rates none with noise below a level of"):
        log_prob_map(image, prior=prior, sigma=5.0)


def test_it_is_resumed_like_any_other(job: TrainJob) -> None:
    job = replace(job, sigma=10.0)
    train(job)
    assert train(replace(job, resume=True, steps=3)).step == 3


def test_the_level_is_foreseen(job: TrainJob) -> None:
    foreseen = iter_foresee(job).result
    assert foreseen.plan is not None
    level = re.match("The images have noise of ([0-9.]+),", foreseen.plan.warnings[0])
    assert level is not None
    assert float(level[1]) == pytest.approx(10, rel=0.1)


def test_what_a_recipe_becomes() -> None:
    recipe, told = fit_to_noise(load_recipe("small"), 25.5, 255.0)
    kinds = [type(term) for term in recipe.train.losses]
    assert kinds == [Likelihood, Recorruption]
    assert recipe.train.sigma_min == pytest.approx(0.1)
    assert "noise of 25.5" in told[0]
    with pytest.raises(InputError, match="The noise level is 0"):
        fit_to_noise(load_recipe("small"), 0.0, 255.0)


def test_the_level_that_images_share() -> None:
    assert common_level(FOUND) == 10


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (replace(FOUND, sigmas=()), "noise has to be found in all"),
        (replace(FOUND, sigmas=(9.0, 0.0)), "noise has to be found in all"),
        (replace(FOUND, white=False), "on white noise only"),
        (replace(FOUND, sigmas=(9.0, 10.0, 20.0)), "differ, from 9 to 20"),
        (replace(FOUND, sigmas=(5.0, 10.0, 11.0)), "differ, from 5 to 11"),
    ],
)
def test_levels_that_are_not_one(found: Noisiness, words: str) -> None:
    with pytest.raises(InputError, match=words):
        common_level(found)
