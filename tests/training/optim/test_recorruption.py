"""Learning to denoise without a clean image, in closed form."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from small_flows import TINY, generators

from napari_flowprior._errors import InputError
from napari_flowprior.training import Recorruption, TrainingBatch

if TYPE_CHECKING:
    from torch import Tensor

LEAST, SPREAD, PATCHES = 0.1, 0.05, 24


class Shrinking:
    """Denoises pixels of N(0, SPREAD^2), some `factor` times as much as is best."""

    def __init__(self, factor: float = 1.0) -> None:
        self.factor = factor
        self.told: list[Tensor] = []

    def scaled_score(self, x: Tensor, level: Tensor) -> Tensor:
        self.told.append(level)
        return -self.factor * level * x / (SPREAD**2 + level.square())


def noisy_batch(flow: Any) -> TrainingBatch:
    generator = torch.Generator().manual_seed(0)
    shape = (PATCHES, 1, 32, 32)
    clean = SPREAD * torch.randn(shape, generator=generator)
    seen = clean + LEAST * torch.randn(shape, generator=generator)
    return TrainingBatch(flow, seen, seen, None, generators(PATCHES), 1e-6, LEAST)


def test_what_denoises_best_has_the_least_loss() -> None:
    losses = {f: Recorruption()(noisy_batch(Shrinking(f))) for f in (0.8, 1.0, 1.2)}
    assert losses[1.0] < losses[0.8]
    assert losses[1.0] < losses[1.2]


def test_the_loss_differs_from_that_of_clean_images_by_a_constant() -> None:
    """What it costs to shrink too much is the error that it makes."""
    loss = Recorruption(strong=0.0)
    flows = Shrinking(1.0), Shrinking(0.5)
    best, half = (float(loss(noisy_batch(flow))) for flow in flows)
    level = flows[0].told[0].double()
    shrunk = level.square() / (SPREAD**2 + level.square())
    more = 0.25 * shrunk.square() * (SPREAD**2 + level.square())
    expected = (more * (1 + level / loss.detail) / level.square()).flatten(1).sum(1)
    assert half - best == pytest.approx(float(expected.mean()), rel=0.1)


def test_levels_are_those_of_the_images_and_above() -> None:
    for strong, highest in ((0.0, math.sqrt(2) * LEAST), (1.0, 0.8)):
        flow = Shrinking()
        Recorruption(strong=strong, highest=0.8)(noisy_batch(flow))
        levels = torch.cat(flow.told)
        assert float(levels.min()) > LEAST
        assert float(levels.max()) <= highest + 1e-6
    assert float(levels.max()) > 3 * LEAST


def test_halves_are_taken_with_noise_and_its_negative() -> None:
    first, second = [], []

    class Seeing(Shrinking):
        def scaled_score(self, x: Tensor, level: Tensor) -> Tensor:
            (first if not first else second).append(x)
            return super().scaled_score(x, level)

    given = noisy_batch(Seeing())
    Recorruption()(given)
    torch.testing.assert_close((first[0] + second[0]) / 2, given.clean)


def test_cost_is_that_of_two_passes() -> None:
    config = replace(TINY, score_widths=(4,))
    loss = Recorruption()
    cost = loss.multiply_adds_per_pixel(config)
    assert cost == 6 * config.score_multiply_adds_per_pixel
    assert loss.bytes_per_pixel(config) == 2 * config.score_bytes_per_pixel


@pytest.mark.parametrize(
    ("wrong", "words"),
    [({"strong": 1.5}, "strong is 1.5"), ({"detail": 0.0}, "detail is 0")],
)
def test_what_is_refused(wrong: dict[str, float], words: str) -> None:
    with pytest.raises(InputError, match=words):
        Recorruption(**wrong)


def test_it_depends_on_the_sources_of_randomness_alone() -> None:
    found = [float(Recorruption()(noisy_batch(Shrinking()))) for _ in range(2)]
    assert found[0] == found[1]
    assert np.isfinite(found[0])
