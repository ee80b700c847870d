"""What all estimators obey."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from doubles import identity_prior
from gaussian_case import SIGMA, posterior

from napari_flowprior import restore
from napari_flowprior._errors import InputError
from napari_flowprior.restoration import ESTIMATORS, HQS, MAP, LatentMAP, Noise

if TYPE_CHECKING:
    from numpy.typing import NDArray


@pytest.mark.parametrize(
    "estimator",
    [
        MAP(steps=300, learning_rate=0.05),
        LatentMAP(steps=300, space="latent"),
        LatentMAP(steps=300, space="whitened"),
        LatentMAP(steps=300, space="whitened", log_det=False),
    ],
    ids=repr,
)
@pytest.mark.parametrize("tile", [16, 64])
def test_identity_flow_gives_the_gaussian_posterior(
    noisy: NDArray[np.float64], estimator: MAP | LatentMAP, tile: int
) -> None:
    noisy = noisy[:20]
    out = restore(
        noisy,
        prior=identity_prior(),
        degradation=Noise(SIGMA),
        estimator=estimator,
        tile=tile,
        overlap=8,
        device="cpu",
    )
    np.testing.assert_allclose(out, posterior(noisy, 1.0), atol=1e-6)


def test_options_of_numpy_can_be_told_as_json() -> None:
    told = HQS(steps=np.int64(3), prior_weight=np.float32(0.5)).summary()
    assert json.loads(json.dumps(told))["steps"] == 3


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("map", {"steps": 0}),
        ("map", {"steps": True}),
        ("map", {"smallest": 0.0}),
        ("map", {"learning_rate": -1.0}),
        ("latent-map", {"steps": 1.5}),
        ("latent-map", {"space": "image"}),
        ("latent-map", {"learning_rate": 0.0}),
        ("latent-map", {"level": -0.1}),
    ],
)
def test_bad_options_are_refused(kind: str, options: dict[str, object]) -> None:
    (name,) = options
    with pytest.raises(InputError, match=name):
        ESTIMATORS[kind](**options)
