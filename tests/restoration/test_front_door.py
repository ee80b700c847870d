"""The front door: explicit parameters, which are those of one description of a run."""

from __future__ import annotations

import inspect
from dataclasses import FrozenInstanceError, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from doubles import GaussianPrior

import napari_flowprior
from napari_flowprior import (
    RestoreOptions,
    Run,
    RunOptions,
    diagnose,
    iter_posterior,
    iter_restore,
    log_prob_map,
    posterior,
    restore,
)
from napari_flowprior._errors import InputError
from napari_flowprior.restoration import MMSE, Noise, Sampling, options
from napari_flowprior.restoration.engine._run_options import RestoreFields, RunFields

if TYPE_CHECKING:
    from collections.abc import Callable

# Whatever is like an array.
ARRAYS = "image", "regions"
IMAGE = np.random.default_rng(0).random((12, 14))


def parameters(function: Callable[..., Any]) -> dict[str, Any]:
    found = dict(inspect.signature(function).parameters)
    del found["image"]
    return {name: parameter.default for name, parameter in found.items()}


def defaults(*kinds: type) -> dict[str, Any]:
    return {field.name: field.default for kind in kinds for field in fields(kind)}


def test_parameters_are_the_fields_of_the_description() -> None:
    described = defaults(RestoreOptions)
    assert parameters(restore) == described
    del described["estimator"]
    assert parameters(posterior) == described | defaults(Sampling) | {"regions": None}
    assert parameters(log_prob_map) == defaults(RunOptions) | {"sigma": 0.0}
    shared = defaults(RunOptions)
    assert parameters(diagnose) == {n: shared[n] for n in ("prior", "axes", "device")}


def test_fields_by_name_are_those_of_the_description() -> None:
    for keys, kind in ((RunFields, RunOptions), (RestoreFields, RestoreOptions)):
        assert keys.__annotations__.keys() == {field.name for field in fields(kind)}


def test_runs_take_fields_as_well_as_a_description() -> None:
    prior, noise = GaussianPrior(0.2), Noise(sigma=0.1)
    image = np.random.default_rng(0).random((16, 16)).astype(np.float32)
    options = RestoreOptions(prior=prior, degradation=Noise(sigma=0.5))
    out = iter_restore(image, options, degradation=noise).result
    assert out.provenance["degradation"]["sigma"] == 0.1
    told = iter_restore(image, prior=prior, degradation=noise).result
    np.testing.assert_array_equal(out.image, told.image)
    with pytest.raises(TypeError, match="strength"):
        iter_restore(image, strength=1)  # type: ignore[call-arg]


@pytest.mark.parametrize("name", napari_flowprior.__all__)
def test_nothing_takes_what_it_does_not_name(name: str) -> None:
    thing = getattr(napari_flowprior, name)
    if inspect.isfunction(thing):
        for parameter in inspect.signature(thing).parameters.values():
            if parameter.kind is parameter.VAR_KEYWORD:
                assert parameter.annotation.startswith("Unpack[")
            assert parameter.kind is not parameter.VAR_POSITIONAL
            assert parameter.annotation != "Any" or parameter.name in ARRAYS


def test_a_description_cannot_be_changed() -> None:
    run = RestoreOptions(tile=np.int64(32), overlap=8.0)
    assert (run.tile, run.overlap) == (32, 8)
    with pytest.raises(FrozenInstanceError):
        run.tile = 64  # type: ignore[misc]
    assert [option.name for option in options(RunOptions)] == [
        "tile",
        "overlap",
        "batch_size",
        "intensity_range",
        "black",
        "white",
    ]


def test_the_same_by_either_door() -> None:
    said: dict[str, Any] = {"prior": GaussianPrior(), "degradation": Noise(0.1)}
    run = iter_restore(IMAGE, RestoreOptions(**said))
    assert isinstance(run, Run)
    np.testing.assert_array_equal(run.result.image, restore(IMAGE, **said))
    drawn = iter_posterior(
        IMAGE, RestoreOptions(estimator=Sampling(samples=3, seed=5), **said)
    ).result
    expected = posterior(IMAGE, samples=3, seed=5, **said)
    np.testing.assert_array_equal(drawn.std, expected.std)
    some = iter_posterior(IMAGE, RestoreOptions(**said)).result
    assert some.provenance["estimator"]["samples"] == Sampling.samples


def test_estimators_of_the_other_door() -> None:
    prior = GaussianPrior()
    with pytest.raises(InputError, match="call posterior"):
        restore(IMAGE, prior=prior, estimator=Sampling())
    with pytest.raises(InputError, match=r"MMSE.* draws no samples"):
        _ = iter_posterior(IMAGE, RestoreOptions(prior=prior, estimator=MMSE())).result


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"tile": 0}, "tile is 0; it must be a whole number, 1 or more"),
        ({"overlap": -1}, "overlap is -1; it must be a whole number, 0 or more"),
        ({"batch_size": 1.5}, "batch_size is 1.5; it must be a whole number"),
    ],
)
def test_bounds_hold_when_it_is_made(values: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        RunOptions(**values)
