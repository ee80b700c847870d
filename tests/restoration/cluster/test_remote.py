"""Restorations by a cluster: the same bytes, whatever happens to its workers."""

from __future__ import annotations

import os
import signal
import time
from functools import cache
from typing import Any

import dask.array as da
import numpy as np
import pytest
from doubles import random_prior

from napari_flowprior import iter_restore, restore
from napari_flowprior._errors import InputError
from napari_flowprior.restoration import (
    HQS,
    Blur,
    Inpaint,
    Noise,
    Output,
    gaussian_psf,
    posterior,
)

RNG = np.random.default_rng(0)
STACK = RNG.normal(128, 25, (2, 120, 100)).clip(0, 255).astype(np.uint8)
HOLED = STACK[:, :50, :40]
BLUR = Blur(gaussian_psf(1.0), sigma=20.0)
TILES = {"degradation": Noise(sigma=25), "tile": 16, "overlap": 4, "axes": "ZYX"}


@cache
def prior() -> Any:
    """One prior for all, which workers know by its bytes alone."""
    return random_prior(levels=1)


def address(cluster: Any) -> str:
    return str(cluster.scheduler_address)


@pytest.mark.parametrize(
    ("image", "options"),
    [
        (STACK, TILES),
        (STACK[0], {"degradation": None, "tile": 32}),
        (HOLED, {"degradation": Inpaint(mask=RNG.random(HOLED.shape) < 0.1)}),
        (
            np.pad(STACK[0], ((135, 135), (140, 140)), mode="reflect"),
            {"degradation": BLUR, "estimator": HQS(steps=1), "memory": 0.01},
        ),
    ],
    ids=["tiles", "diagnosed", "holes", "blocks"],
)
def test_bytes_are_those_of_this_machine(
    cluster: Any, image: np.ndarray, options: dict[str, Any]
) -> None:
    options = {"prior": prior(), **options}
    here = iter_restore(image, **options).result
    there = iter_restore(image, device=address(cluster), **options).result
    np.testing.assert_array_equal(there.image, here.image)
    assert there.warnings == here.warnings
    assert there.provenance["device"] == address(cluster)
    assert there.provenance["tile"] == here.provenance["tile"]


def test_a_worker_that_is_killed_changes_nothing(cluster: Any) -> None:
    expected = restore(STACK, prior=prior(), **TILES)
    first, *_ = (nanny.pid for nanny in cluster.workers.values())
    run = iter_restore(STACK, device=address(cluster), prior=prior(), **TILES)
    killed = False
    for event in run:
        if event.total and event.done >= event.total / 2 and not killed:
            os.kill(first, signal.SIGKILL)
            killed = True
    assert killed
    np.testing.assert_array_equal(run.result.image, expected)


def test_workers_compute_dask_arrays(cluster: Any) -> None:
    from distributed import Client

    expected = restore(STACK, prior=prior(), **TILES)
    lazy = restore(da.from_array(STACK, chunks=(1, 50, 60)), prior=prior(), **TILES)
    with Client(cluster, set_as_default=False) as client:
        found = client.compute(lazy).result()
    np.testing.assert_array_equal(found, expected)


def test_planes_that_are_written_are_left_alone(cluster: Any) -> None:
    expected = iter_restore(STACK, prior=prior(), **TILES).result
    noted = []

    def make(shape: tuple[int, ...], dtype: Any) -> Output:
        array = np.full(shape, 7, dtype)
        done = {(0, 0): ()}
        return Output(array=array, done=done, note=lambda *each: noted.append(each[:2]))

    options = {"device": address(cluster), "prior": prior(), **TILES}
    result = iter_restore(STACK, out=make, **options).result
    assert (result.image[0] == 7).all()
    np.testing.assert_array_equal(result.image[1], expected.image[1])
    assert noted == [(0, 1)]
    assert result.warnings == expected.warnings


def test_it_is_cancelled_at_once(cluster: Any) -> None:
    run = iter_restore(STACK, device=address(cluster), prior=prior(), **TILES)
    next(event for event in run if event.done)
    began = time.monotonic()
    run.close()
    assert time.monotonic() - began < 1


def test_a_cluster_does_nothing_else(cluster: Any) -> None:
    with pytest.raises(InputError, match="restores images, and does nothing else"):
        posterior(STACK, device=address(cluster), prior=prior(), axes="ZYX")
    with pytest.raises(InputError, match="up to Dask"):
        restore(da.from_array(STACK), device=address(cluster))
