"""Priors at rest: how exactly their score networks compute."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from skimage import data

from napari_flowprior import FlowPrior, iter_restore
from napari_flowprior._device import computes_bfloat16
from napari_flowprior._errors import InputError
from napari_flowprior.priors import _frozen
from napari_flowprior.restoration import Noise

CPU = torch.device("cpu")
CLEAN = torch.from_numpy(data.camera()[96:160, 200:264] / 255).float()[None, None]


def psnr(image: torch.Tensor) -> float:
    return float(-10 * torch.log10((image - CLEAN).square().mean()))


@pytest.mark.parametrize("level", [1 / 255, 15 / 255, 50 / 255])
def test_bfloat16_loses_next_to_nothing(level: float) -> None:
    prior = FlowPrior.load("photo-gray")
    rough = prior.in_precision("bfloat16")
    noise = torch.randn(CLEAN.shape, generator=torch.Generator().manual_seed(0))
    noisy = CLEAN + level * noise
    exact, other = (each.denoise(noisy, level) for each in (prior, rough))
    assert not torch.equal(exact, other)
    assert psnr(exact) - psnr(other) < 0.02


def test_another_precision_shares_the_weights() -> None:
    prior = FlowPrior.load("photo-gray")
    other = prior.in_precision("bfloat16")
    assert other.flow is prior.flow
    assert (prior.halves, other.halves) == (False, True)


@pytest.mark.parametrize("able", [False, True])
def test_auto_asks_the_device(monkeypatch: pytest.MonkeyPatch, able: bool) -> None:
    monkeypatch.setattr(_frozen, "computes_bfloat16", lambda _: able)
    prior = FlowPrior.load("photo-gray").in_precision("auto")
    assert prior.halves is able
    # Who asks for more digits than those of float32 wants none less.
    assert not prior.to(CPU, torch.float64).halves


def test_no_imitation_is_taken_for_the_real_thing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(torch.cpu, "_is_avx512_bf16_supported", raising=False)
    assert not computes_bfloat16(CPU)
    assert not computes_bfloat16(torch.device("meta"))


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_runs_tell_their_precision(precision: str) -> None:
    image = np.random.default_rng(0).random((16, 16)).astype(np.float32)
    told = {"degradation": Noise(0.1), "precision": precision}
    run = iter_restore(image, prior="photo-gray", device="cpu", **told)
    assert run.result.provenance["precision"] == precision


def test_unknown_precisions_are_refused() -> None:
    with pytest.raises(InputError, match=r"'half'.*auto, float32, bfloat16"):
        iter_restore(np.zeros((8, 8)), precision="half")  # type: ignore[arg-type]
