"""Memory runs out at every step, and something smaller is tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from doubles import GaussianPrior

from napari_flowprior import iter_restore
from napari_flowprior._errors import MemoryLimitError
from napari_flowprior.restoration import HQS, MMSE, Inpaint, Noise

if TYPE_CHECKING:
    from torch import Tensor

    from napari_flowprior.restoration import Estimator, RestoreResult

IMAGE = np.random.default_rng(0).random((150, 200)).astype(np.float32)
SETTINGS = {"device": "cpu", "batch_size": 4, "tile": 128, "overlap": 16}


class NarrowPrior(GaussianPrior):
    """Denoises no more than some pixels at a time."""

    def __init__(self, pixels: int) -> None:
        super().__init__()
        self.pixels = pixels
        self.asked: list[tuple[int, ...]] = []

    def denoise(
        self,
        batch: Tensor,
        sigma: float | Tensor,
        clipped: tuple[bool, bool] = (False, False),
    ) -> Tensor:
        self.asked.append(tuple(batch.shape))
        if batch.numel() > self.pixels:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return super().denoise(batch, sigma, clipped)


class FaintPrior(NarrowPrior):
    """Pretends to be on a device without memory, until it is moved away."""

    away = torch.device("meta")

    @property
    def device(self) -> torch.device:
        return self.away

    def to(self, device: object, dtype: object = None) -> FaintPrior:
        if torch.device(device).type == "cpu" and self.asked:
            self.pixels, self.away = 2**30, torch.device("cpu")
        return self


def restored(prior: GaussianPrior, estimator: Estimator) -> RestoreResult:
    run = iter_restore(
        IMAGE,
        prior=prior,
        degradation=Noise(sigma=0.1),
        estimator=estimator,
        **SETTINGS,
    )
    events = list(run)
    assert events[-1].done == events[-1].total
    return run.result


@pytest.mark.parametrize("estimator", [MMSE(), HQS(steps=2)], ids=lambda e: e.name)
@pytest.mark.parametrize("pixels", [4 * 128**2, 128**2, 64**2])
def test_batches_and_tiles_are_halved(estimator: Estimator, pixels: int) -> None:
    prior = NarrowPrior(pixels)
    result = restored(prior, estimator)
    ample = restored(NarrowPrior(2**30), estimator)
    # Each pixel by itself: no tile makes a difference.
    np.testing.assert_allclose(result.image, ample.image, atol=1e-6)
    words = [w for w in result.warnings if w.startswith("Memory ran short")]
    assert len(words) == (pixels < 128**2)
    if words:
        height, width = result.provenance["tile"]
        assert height * width <= 64**2
        assert f"tiles of {height}x{width} pixels were used, on cpu" in words[0]


@pytest.mark.parametrize("estimator", [MMSE(), HQS(steps=1)], ids=lambda e: e.name)
def test_no_memory_at_all_is_a_sentence(estimator: Estimator) -> None:
    prior = NarrowPrior(0)
    with pytest.raises(MemoryLimitError, match=r"6\dx6\d pixels does not fit"):
        restored(prior, estimator)
    assert min(shape[-1] for shape in prior.asked) <= 64


def test_planes_become_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is not the denoiser that fails, but what works on whole planes."""
    module = "napari_flowprior.restoration.engine"
    monkeypatch.setattr(f"{module}._blocks.LEAST_BLOCK", 64)
    monkeypatch.setattr(f"{module}._blocks._OVERLAP", 32)
    monkeypatch.setattr(f"{module}._ladder.LEAST_BLOCK", 64)
    real = HQS.schedule
    seen = []

    def narrow(self: HQS, prior: GaussianPrior, likelihood: object) -> list[float]:
        seen.append(tuple(likelihood.y.shape[-2:]))
        if likelihood.y.numel() > 10_000:
            raise MemoryError
        return real(self, prior, likelihood)

    ample = restored(GaussianPrior(), HQS(steps=2))
    monkeypatch.setattr(HQS, "schedule", narrow)
    result = restored(GaussianPrior(), HQS(steps=2))
    # How far a prior is trusted is found in windows, which blocks cut off.
    np.testing.assert_allclose(result.image, ample.image, atol=0.02)
    (words,) = [w for w in result.warnings if w.startswith("Memory ran short")]
    assert "blocks of a plane" in words
    assert seen[0] == IMAGE.shape


def test_other_failures_are_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def fail(self: HQS, *told: object) -> list[float]:
        seen.append(told)
        raise ZeroDivisionError

    monkeypatch.setattr(HQS, "schedule", fail)
    with pytest.raises(ZeroDivisionError):
        restored(GaussianPrior(), HQS(steps=2))
    assert len(seen) == 1


def test_the_processor_is_the_last_resort(monkeypatch: pytest.MonkeyPatch) -> None:
    module = "napari_flowprior.restoration.engine"
    tiles = f"{module}._tiles.TileRun._tensor"
    monkeypatch.setattr(tiles, lambda self, array: torch.from_numpy(array))
    result = restored(FaintPrior(0), MMSE())
    (words,) = [w for w in result.warnings if w.startswith("Memory ran short")]
    assert words.endswith("on cpu; that is slower, and next to the same.")
    ample = restored(GaussianPrior(), MMSE())
    np.testing.assert_allclose(result.image, ample.image, atol=1e-6)


def test_every_part_of_an_image_is_restored_after_a_step_down() -> None:
    """Parts that are done stay as they are."""
    stack = np.stack([IMAGE, 3 * IMAGE])
    settings = {"axes": "CYX", "degradation": Inpaint(mask=IMAGE < 0.2), **SETTINGS}
    settings["estimator"] = HQS(steps=1)
    narrow = iter_restore(stack, prior=NarrowPrior(64**2), **settings).result
    ample = iter_restore(stack, prior=GaussianPrior(), **settings).result
    np.testing.assert_allclose(narrow.image, ample.image, atol=1e-5)
