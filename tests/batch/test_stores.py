"""OME-Zarr in and out, stopped and gone on with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from doubles import GaussianPrior

from napari_flowprior.batch import Job, iter_restore_file, plan_jobs, plan_maps
from napari_flowprior.batch._story import story_of
from napari_flowprior.data import read_image, write_image
from napari_flowprior.restoration import (
    HQS,
    Blur,
    Compose,
    Downsample,
    Inpaint,
    Noise,
    RestoreOptions,
    Sampling,
    iter_restore,
)

if TYPE_CHECKING:
    from napari_flowprior.restoration import Estimator

SETTINGS = RestoreOptions(prior=GaussianPrior(), degradation=Noise(sigma=0.1))
SHAPE = 3, 2, 40, 50


@pytest.fixture
def source(tmp_path: Path) -> Path:
    image = np.random.default_rng(0).normal(0.4, 0.2, SHAPE).astype(np.float32)
    write_image(tmp_path / "in.ome.zarr", image, "ZCYX")
    return tmp_path / "in.ome.zarr"


def content(store: Path) -> dict[str, bytes]:
    """Return all files of a store; the time it took is left out."""
    return {
        path.relative_to(store).as_posix(): path.read_bytes()
        for path in sorted(store.rglob("*"))
        if path.is_file() and path.name != "zarr.json"
    }


@pytest.mark.parametrize("estimator", ["auto", HQS(steps=2)], ids=["tiles", "planes"])
@pytest.mark.parametrize("share", [0.1, 0.4, 0.8, 1.0])
def test_stopped_and_gone_on_with_it_is_the_same(
    source: Path, estimator: Estimator | str, share: float
) -> None:
    settings = replace(SETTINGS, estimator=estimator, tile=16, batch_size=2)
    job = Job(source, source.with_name("out.ome.zarr"))
    with iter_restore_file(job, settings) as run:
        next(event for event in run if event.total and event.fraction >= share)
    assert not job.target.exists()
    other = source.with_name("out.ome.zarr.unfinished")
    assert other.exists()
    provenance = iter_restore_file(job, settings).result
    assert not other.exists()
    whole = Job(source, source.with_name("whole.ome.zarr"))
    expected = iter_restore_file(whole, settings).result
    assert provenance["warnings"] == expected["warnings"]
    assert provenance["axes"] == "CZYX"
    assert content(job.target) == content(whole.target)
    image = np.asarray(read_image(source).array)
    expected = iter_restore(image, settings, axes="CZYX").result.image
    restored = np.asarray(read_image(job.target).array)
    np.testing.assert_array_equal(restored, expected)


def test_planes_that_are_there_are_not_restored_again(source: Path) -> None:
    settings = replace(SETTINGS, tile=16, batch_size=1)
    job = Job(source, source.with_name("out.ome.zarr"))
    with iter_restore_file(job, settings) as run:
        for event in run:
            if event.total and event.done > event.total / 2:
                break
    again = list(iter_restore_file(job, settings))
    worked = [event.done for event in again if event.total > 1]
    # The first piece of work is all that was there.
    assert worked[1] >= worked[-1] // 3
    assert len(set(worked)) < 0.75 * worked[-1]


def test_finer_pixels_and_other_types(source: Path) -> None:
    job = Job(source, source.with_name("out.ome.zarr"))
    settings = replace(SETTINGS, degradation=Downsample(2, sigma=0.1), dtype="float64")
    _ = iter_restore_file(job, replace(settings, estimator=HQS(steps=1))).result
    file = read_image(job.target)
    assert (file.array.shape, file.array.dtype) == ((2, 3, 80, 100), np.float64)
    (level,) = file.info["multiscale"]["datasets"]
    assert level["coordinateTransformations"][0]["scale"] == [1, 1, 0.5, 0.5]


def test_colours_become_channels(tmp_path: Path) -> None:
    image = np.random.default_rng(0).integers(0, 255, (40, 50, 4)).astype(np.uint8)
    write_image(tmp_path / "a.png", image, "YXS")
    job = Job(tmp_path / "a.png", tmp_path / "a.zarr")
    _ = iter_restore_file(job, replace(SETTINGS, degradation=Noise(sigma=9))).result
    file = read_image(tmp_path / "a.zarr")
    assert (file.axes, file.array.shape) == ("CYX", (4, 40, 50))
    np.testing.assert_array_equal(file.array[3], image[..., 3])


def test_maps_go_to_stores_as_well(source: Path) -> None:
    job = Job(source, source.with_name("a.zarr"), source.with_name("b.zarr"))
    settings = replace(SETTINGS, estimator=Sampling(samples=2, steps=1))
    _ = iter_restore_file(job, settings).result
    assert read_image(job.extra).array.dtype == np.float32
    _ = iter_restore_file(
        Job(source, source.with_name("c.zarr"), source.with_name("d.tif")),
        SETTINGS,
        log_likelihood=True,
    ).result
    assert read_image(source.with_name("d.tif")).array.shape == (2, 3, 40, 50)


def test_stores_are_files_to_a_plan(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(source.parent)
    (alone,) = plan_jobs(["in.ome.zarr"], "out.ome.zarr")
    assert (alone.source.name, alone.target.name) == ("in.ome.zarr", "out.ome.zarr")
    (mapped,) = plan_maps([alone], "std.zarr")
    assert mapped.extra == Path("std.zarr")
    (inside,) = plan_jobs(["."], "results")
    assert inside.target == Path("results/in.ome.zarr")


@pytest.mark.parametrize(
    "change",
    [
        {"tile": 16},
        {"degradation": Noise(sigma=0.2)},
        {"degradation": Inpaint(np.eye(40, dtype=bool))},
        {"degradation": Inpaint(~np.eye(40, dtype=bool))},
        {"degradation": Compose(Blur(gaussian=1), Noise(sigma=0.1))},
        {"degradation": Compose(Blur(gaussian=2), Noise(sigma=0.1))},
        {"estimator": HQS(steps=3)},
        {"prior": "photo-gray"},
        {"prior": GaussianPrior(channels=3)},
    ],
    ids=lambda change: "-".join(change),
)
def test_other_settings_are_another_story(source: Path, change: dict[str, Any]) -> None:
    story = story_of(source, SETTINGS)
    assert story == story_of(source, replace(SETTINGS, batch_size=7, device="cpu"))
    other = story_of(source, replace(SETTINGS, **change))
    assert other != story
    assert other == story_of(source, replace(SETTINGS, **change))


def test_another_image_is_another_story(source: Path) -> None:
    before = story_of(source, SETTINGS)
    write_image(source.with_name("b.npy"), np.zeros((8, 8)), "YX")
    assert story_of(source.with_name("b.npy"), SETTINGS) != before
