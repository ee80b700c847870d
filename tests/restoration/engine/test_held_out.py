"""Fillings of holes are judged by pixels that are known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from doubles import GaussianPrior
from draining import drain
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import data

from napari_flowprior import FlowPrior, iter_restore, restore
from napari_flowprior.restoration import (
    Annealing,
    GaussianLikelihood,
    Inpaint,
    PlaneDenoiser,
    RestoreOptions,
)
from napari_flowprior.restoration.engine._held_out import filled, hide
from napari_flowprior.restoration.operators import Mask

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

PHOTO = data.camera()[100:148, 180:228] / 255.0
HOLES = np.random.default_rng(3).random(PHOTO.shape) < 0.3


def seen(image: NDArray[Any], holes: NDArray[np.bool_]) -> GaussianLikelihood:
    known = torch.from_numpy(~holes)[None, None]
    y = torch.from_numpy(image).float()[None, None]
    return GaussianLikelihood(torch.where(known, y, 0.0), Mask(known), 0.0)


class Answers:
    """An estimator that always answers the same."""

    def __init__(self, answer: Tensor, work: int = 7) -> None:
        self.answer, self.work = answer, work

    def run(self, denoiser: object, likelihood: GaussianLikelihood) -> Any:
        for _ in range(self.work):
            yield 1
        return self.answer


def weight_of(answer: NDArray[Any], image: NDArray[Any]) -> Tensor:
    estimator: Any = Answers(torch.from_numpy(answer).float()[None, None])
    denoiser: Any = None
    return drain(filled(estimator, denoiser, seen(image, HOLES))).weight


def smoothly_tried() -> NDArray[Any]:
    """Fill the hidden pixels smoothly, too."""
    hidden = hide(torch.from_numpy(~HOLES)[None, None])[0, 0].numpy()
    return seen(PHOTO, HOLES | hidden).start()[0, 0].numpy()


def test_the_truth_is_taken_and_what_has_nothing_to_do_with_it_is_not() -> None:
    assert float(weight_of(PHOTO, PHOTO).min()) > 0.99
    garbage = PHOTO + np.random.default_rng(0).normal(0, 0.3, PHOTO.shape)
    assert float(weight_of(garbage, PHOTO).mean()) < 0.25
    assert float(weight_of(2 * smoothly_tried() - PHOTO, PHOTO).max()) == 0


def test_half_of_a_filling_is_taken_where_that_is_best() -> None:
    smooth = smoothly_tried()
    twice_as_far = smooth + 2 * (PHOTO - smooth)
    weight = weight_of(twice_as_far, PHOTO)
    torch.testing.assert_close(weight, torch.full_like(weight, 0.5))


def test_progress_is_that_of_the_estimator() -> None:
    estimator: Any = Answers(torch.from_numpy(PHOTO).float()[None, None])
    denoiser: Any = None
    steps = list(filled(estimator, denoiser, seen(PHOTO, HOLES)))
    assert sum(steps) == estimator.work
    assert max(steps) <= 1
    assert len(steps) == 2 * estimator.work


@given(st.integers(0, 2**32), st.sampled_from([0.002, 0.1, 0.5, 0.9]), st.booleans())
@settings(max_examples=25, deadline=None)
def test_known_pixels_are_hidden_and_enough_are_left(
    seed: int, share: float, colour: bool
) -> None:
    rng = np.random.default_rng(seed)
    side = rng.integers(8, 70, 2)
    known = torch.from_numpy(rng.random((1, 3 if colour else 1, *side)) >= share)
    hidden = hide(known)
    assert hidden.shape == (1, 1, *side)
    assert bool((known | ~hidden).all())
    whole = int(known.all(1).sum())
    assert int(hidden.sum()) <= 0.2 * whole + 20
    torch.testing.assert_close(hidden, hide(known))


def test_hidden_holes_have_the_shape_of_holes() -> None:
    known = torch.ones(1, 1, 100, 100, dtype=torch.bool)
    known[..., 10:25, 10:25] = False
    hidden = hide(known)
    found = torch.nn.functional.avg_pool2d(hidden.float(), 15, 1)
    assert float(found.max()) == 1


def test_without_holes_nothing_is_hidden() -> None:
    assert not bool(hide(torch.ones(1, 1, 9, 9, dtype=torch.bool)).any())


def test_dots_at_random_are_filled_no_worse_than_smoothly() -> None:
    dots = np.random.default_rng(0).random((48, 48)) < 0.5
    image = np.where(dots, 255, 0).astype(np.uint8)
    run = iter_restore(
        image,
        RestoreOptions(degradation=Inpaint(HOLES), prior="photo-gray", device="cpu"),
    )
    found = drain(run)
    smooth = 255 * seen(image / 255.0, HOLES).start()[0, 0].numpy()
    errors = [np.square(x - image)[HOLES].mean() for x in (found.image, smooth)]
    assert errors[0] < 1.01 * errors[1]
    assert any("of the holes the prior fills" in word for word in found.warnings)


def test_photographs_are_filled_by_the_prior() -> None:
    image = np.rint(255 * PHOTO).astype(np.uint8)
    found = restore(image, degradation=Inpaint(HOLES), device="cpu")
    smooth = 255 * seen(image / 255.0, HOLES).start()[0, 0].numpy()
    errors = [np.square(x - image)[HOLES].mean() for x in (found, smooth)]
    assert errors[0] < 0.7 * errors[1]


def test_known_pixels_have_the_noise_taken_out_as_before() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(0.4, 0.2, (40, 40))
    holes = rng.random(truth.shape) < 0.2
    noisy = truth + rng.normal(0, 0.1, truth.shape)
    prior: FlowPrior = GaussianPrior()
    found = restore(
        noisy,
        prior=prior,
        degradation=Inpaint(holes, sigma=0.1),
        estimator=Annealing(steps=8),
        device="cpu",
    )
    known = ~holes
    error, noise = (np.square(x - truth)[known].mean() for x in (found, noisy))
    assert error < noise


def test_the_trial_needs_a_denoiser_only() -> None:
    denoiser = PlaneDenoiser(prior=GaussianPrior().to("cpu", torch.float32))
    likelihood = seen(PHOTO, HOLES)
    found = drain(filled(Annealing(steps=2), denoiser, likelihood))
    assert found.image.shape == found.safe.shape == likelihood.y.shape
    assert found.weight.shape == likelihood.y.shape
