"""Settings of trainings."""

from __future__ import annotations

from dataclasses import replace

import pytest
from steps import QUICK

from napari_flowprior._errors import InputError
from napari_flowprior.training import (
    Denoising,
    Likelihood,
    Recorruption,
    ScoreMatching,
    TrainConfig,
)


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": 0},
        {"learning_rate": 0.0},
        {"clip_norm": float("nan")},
        {"ema": 1.5},
        {"batch_size": -1},
        {"losses": ()},
    ],
    ids=str,
)
def test_bad_settings_are_refused(wrong: dict[str, object]) -> None:
    (name,) = wrong
    with pytest.raises(InputError, match=name):
        replace(QUICK, **wrong)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"sigma_min": 1.5}, "sigma_min is 1.5"),
        ({"sigma_min": 0.3}, "leaves no noise level up to 0.235"),
        ({"sigma_min": 0.1, "losses": (ScoreMatching(),)}, "score takes clean images"),
        ({"sigma_min": 0.1, "losses": (Denoising(),)}, "denoising takes clean images"),
        ({"losses": (Recorruption(),)}, "set sigma_min to the level of it"),
    ],
    ids=str,
)
def test_losses_and_the_noise_of_the_images(
    more: dict[str, object], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        replace(QUICK, **{"losses": (Likelihood(),), **more})


def test_settings_as_plain_data() -> None:
    assert TrainConfig.from_dict(QUICK.to_dict()) == QUICK


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"steps": 1}, "lacks batch_size"),
        ({"steps": 1, "batch_size": 1, "bach": 2}, "no setting bach"),
        ({"steps": 1, "batch_size": 1, "losses": [{"name": "l1"}]}, "no loss 'l1'"),
        (
            {"steps": 1, "batch_size": 1, "losses": [{"name": "score", "wait": 1}]},
            "no setting wait",
        ),
        (
            {"steps": 1, "batch_size": 1, "losses": [{"name": "score", "weight": "a"}]},
            "not a number",
        ),
        ({"steps": 1, "batch_size": 1, "precision": "half"}, "precision is 'half'"),
    ],
)
def test_bad_plain_data_are_refused(values: dict[str, object], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        TrainConfig.from_dict(values)
