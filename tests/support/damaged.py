"""A scene, and what is measured of its restorations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from doubles import MEAN, GaussianPrior
from draining import drain
from skimage import data

from napari_flowprior.restoration import (
    HQS,
    Blur,
    Downsample,
    Operator,
    RestoreOptions,
    iter_restore,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

SCENE = data.camera()[100:196, 180:292].astype(np.float32)
CROP = SCENE[16:80, 20:84]


def rms(a: NDArray[Any], b: NDArray[Any]) -> float:
    return float(np.sqrt(np.mean((np.asarray(a, float) - np.asarray(b, float)) ** 2)))


def restored(
    image: NDArray[Any], **options: Any
) -> tuple[NDArray[Any], dict[str, Any]]:
    """Return the result and its provenance."""
    result = drain(iter_restore(image, RestoreOptions(**options)))
    return result.image, result.provenance


def normalised(image: NDArray[Any], found: dict[str, Any]) -> NDArray[Any]:
    return (image - found["intensity"]["offset"]) / found["intensity"]["gain"]


def mode(
    operator: Operator, y: NDArray[Any], sigma: float, spread: float
) -> NDArray[np.float64]:
    """Solve ``(A' A + sigma^2 / spread^2) (x - mean) = A' (y - A mean)``, outright."""
    shape = operator.adjoint(torch.from_numpy(y)[None, None]).shape[-2:]
    eye = torch.eye(shape.numel(), dtype=torch.float64).reshape(-1, 1, *shape)
    matrix = operator.forward(eye).flatten(1).T.numpy()
    gram = matrix @ matrix.T + (sigma / spread) ** 2 * np.eye(y.size)
    wrong = y.ravel() - matrix @ np.full(shape.numel(), MEAN)
    return (MEAN + matrix.T @ np.linalg.solve(gram, wrong)).reshape(shape)


def assert_mode(degradation: Blur | Downsample, image: NDArray[Any]) -> None:
    """Compare HQS, at its fixed point, with the most probable image."""
    options: dict[str, Any] = {
        "prior": GaussianPrior(0.2),
        "degradation": degradation,
        "estimator": HQS(steps=100, prior_weight=1.0, smallest=0.2, rest=0),
        "device": "cpu",
    }
    out, found = restored(image, **options)
    sigma = found["sigma"] / found["intensity"]["gain"]
    size = image.shape[0], image.shape[1]
    operator = degradation.operator(size, torch.zeros((), dtype=torch.float64))
    y = normalised(image, found)
    # The density that counts is that of images with noise of the level of all steps.
    assert sigma < 0.2
    expected = mode(operator, y, sigma, spread=np.hypot(0.2, 0.2))
    np.testing.assert_allclose(normalised(out, found), expected, rtol=0, atol=2e-4)
