"""The posterior mean in one step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from doubles import GaussianPrior, identity_prior
from draining import drain
from gaussian_case import SIGMA, posterior

from napari_flowprior import FlowPrior, iter_restore, restore
from napari_flowprior._errors import InputError
from napari_flowprior.restoration import MMSE, Inpaint, Noise, RestoreOptions

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor


@pytest.mark.parametrize("tile", [16, 64])
def test_mmse_is_the_posterior_mean(noisy: NDArray[np.float64], tile: int) -> None:
    out = restore(
        noisy,
        prior=GaussianPrior(0.2),
        degradation=Noise(SIGMA),
        estimator="mmse",
        tile=tile,
        overlap=8,
        device="cpu",
    )
    np.testing.assert_allclose(out, posterior(noisy, 0.2), atol=1e-12)


class Lopsided(GaussianPrior):
    """Its estimates are too high in the left half of whatever it is shown."""

    def denoise(
        self,
        batch: Tensor,
        sigma: float | Tensor,
        clipped: tuple[bool, bool] = (False, False),
    ) -> Tensor:
        estimate = super().denoise(batch, sigma, clipped)
        estimate[..., : estimate.shape[-1] // 2] += 0.1
        return estimate


def test_best_averages_over_dihedral_transforms(noisy: NDArray[np.float64]) -> None:
    options = {
        "prior": Lopsided(0.2),
        "degradation": Noise(SIGMA),
        "tile": 96,
        "device": "cpu",
    }
    square = np.pad(noisy, ((0, 96 - 45), (0, 96 - 70)), mode="reflect")
    fast = restore(square, estimator="mmse", **options)
    best = restore(square, estimator=MMSE(quality="best"), **options)
    expected = posterior(square, 0.2)
    np.testing.assert_allclose(fast[:, :48] - expected[:, :48], 0.1, atol=1e-12)
    # Each pixel lies in the left half of four of the eight images.
    np.testing.assert_allclose(best - expected, 0.05, atol=1e-12)


def test_good_averages_over_a_quarter_turn(noisy: NDArray[np.float64]) -> None:
    square = np.pad(noisy, ((0, 96 - 45), (0, 96 - 70)), mode="reflect")
    good = restore(
        square,
        prior=Lopsided(0.2),
        degradation=Noise(SIGMA),
        estimator=MMSE(quality="good"),
        tile=96,
    )
    added = np.zeros((96, 96))
    added[:, :48] += 0.05
    # The left half of the turned image is the upper or the lower one of this.
    off = good - posterior(square, 0.2) - added
    assert {round(float(half.mean()), 6) for half in (off[:48], off[48:])} == {0, 0.05}
    assert max(np.ptp(off[:48]), np.ptp(off[48:])) < 1e-12
    assert MMSE(quality="good").work == 2


def test_colours_are_seen_twice_unless_told_otherwise() -> None:
    colour, grey = FlowPrior.load("photo-rgb"), FlowPrior.load("photo-gray")
    assert Noise(SIGMA).default_estimator(colour) == ("mmse", {"quality": "good"})
    assert Noise(SIGMA).default_estimator(grey) == ("mmse", {})


def test_a_score_network_restores_in_place_of_the_flow(
    noisy: NDArray[np.float64], network_prior: FlowPrior
) -> None:
    run = iter_restore(
        noisy,
        RestoreOptions(prior=network_prior, degradation=Noise(SIGMA), device="cpu"),
    )
    result = drain(run)
    assert result.provenance["estimator"]["name"] == "mmse"
    # One tile, padded to the stride.
    assert result.provenance["tile"] == [48, 72]
    assert result.provenance["overlap"] == 32
    padded = np.pad(noisy, ((0, 3), (0, 2)), mode="symmetric")
    batch = torch.from_numpy(padded)[None, None]
    network = network_prior.flow.score_network
    assert network is not None
    with torch.no_grad():
        score = network(batch, torch.tensor([SIGMA], dtype=torch.float64)) / SIGMA
    expected = (batch + SIGMA**2 * score)[0, 0].numpy()
    inside = slice(8, -8)
    np.testing.assert_allclose(
        result.image[inside, inside], expected[:45, :70][inside, inside], atol=1e-9
    )


def test_unknown_quality() -> None:
    with pytest.raises(InputError, match="'superb'; choose one of fast, good, best"):
        MMSE(quality="superb")


def test_mmse_refuses_what_it_cannot_do(noisy: NDArray[np.float64]) -> None:
    with pytest.raises(InputError, match="noise-conditioned"):
        restore(noisy, prior=identity_prior(), degradation=Noise(0.1), estimator="mmse")
    with pytest.raises(InputError, match="noise only"):
        restore(
            noisy,
            prior=GaussianPrior(),
            degradation=Inpaint(noisy > 0.9),
            estimator="mmse",
        )
