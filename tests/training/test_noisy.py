"""Trainings on images that are said to be noisy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from napari_flowprior import FlowPrior, TrainJob, train
from napari_flowprior._errors import InputError
from napari_flowprior.adaptation import AdaptResult
from napari_flowprior.restoration import RestoreEvent, Run
from napari_flowprior.training import TrainingImage, iter_train
from napari_flowprior.training import _noisy as module

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


class FakeAdaptation:
    """Takes the place of ``iter_adapt``; remembers what it was asked for."""

    def __init__(self, *, improved: bool) -> None:
        self.improved = improved
        self.asked: dict[str, Any] = {}

    def __call__(
        self, images: list[Any], **options: Any
    ) -> Run[RestoreEvent, AdaptResult]:
        self.asked = {"images": images, **options}
        return Run(self._steps())

    def _steps(self) -> Generator[RestoreEvent, None, AdaptResult]:
        yield RestoreEvent(done=0, total=0, message="Looking at the image")
        yield RestoreEvent(done=500, total=1000, message="Learning from noise, step 1")
        return AdaptResult(
            prior=FlowPrior.load("photo-gray"),
            improved=self.improved,
            gain=0.4,
            steps=7,
        )


@pytest.fixture
def job(tmp_path: Path) -> TrainJob:
    noise = np.random.default_rng(0).normal(0.5, 0.1, (2, 96, 96))
    return TrainJob(
        out=tmp_path / "mine.safetensors",
        data=(
            TrainingImage(noise, "TYX", "stack"),
            TrainingImage(noise[0], "YX", "plane"),
        ),
        images="noisy",
        device="cpu",
    )


def changed(job: TrainJob, **values: object) -> TrainJob:
    return TrainJob(**{**vars(job), **values})


def test_noisy_images_adapt_a_prior(
    job: TrainJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeAdaptation(improved=True)
    monkeypatch.setattr(module, "iter_adapt", fake)
    events = list(iter_train(changed(job, overwrite=True)))
    assert [event.phase for event in events if event.message][-2:] == [
        *("reading", "training")
    ]
    assert (events[-1].done, events[-1].total) == (500, 1000)
    job.out.unlink()
    result = train(changed(job, licence="CC0", sources=("mine",), steps=9, seed=3))
    assert fake.asked["axes"] == ["TYX", "YX"]
    assert (fake.asked["steps"], fake.asked["seed"]) == (9, 3)
    assert (fake.asked["prior"], fake.asked["minutes"]) == ("auto", 2.0)
    assert result.improved
    assert result.adapted is not None
    info = FlowPrior.load(result.prior).info
    assert (info.name, info.licence, info.sources[-1]) == ("mine", "CC0", "mine")
    assert not result.checkpoint.exists()


def test_nothing_is_written_unless_it_is_better(
    job: TrainJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "iter_adapt", FakeAdaptation(improved=False))
    result = train(job)
    assert not result.improved
    assert not job.out.exists()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"recipe": "div2k"}, "div2k trains a flow that knows no noise levels"),
        ({"recipe": "sprites", "data": ()}, "sprites trains on images of its own"),
        ({"sigma": 3.0}, "An adaptation finds the noise by itself"),
        ({"images": "blurred"}, "images is 'blurred'; choose one of"),
    ],
)
def test_what_is_refused(job: TrainJob, values: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        train(changed(job, **values))
