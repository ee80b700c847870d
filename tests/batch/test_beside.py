"""Files that go with restored images."""

from __future__ import annotations

from pathlib import Path

import pytest

from napari_flowprior._errors import InputError
from napari_flowprior.batch import Job, interval_paths, plan_intervals, plan_regions

A, B = (Job(Path(f"in/{name}.png"), Path(f"out/{name}.png")) for name in "ab")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("in/a.png", "in/b.png", "marks/a.tif", "marks/b.npy", "all.tif"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).touch()
    return tmp_path


def test_each_image_has_ends_of_its_own(place: Path) -> None:
    planned = plan_intervals([A, B])
    assert [job.interval for job in planned] == [
        interval_paths(A.target),
        interval_paths(B.target),
    ]
    assert interval_paths(A.target) == (
        Path("out/a_lower.tif"),
        Path("out/a_upper.tif"),
    )
    assert [job.target for job in planned] == [A.target, B.target]


def test_ends_replace_nothing_unless_told_to(place: Path) -> None:
    Path("out").mkdir()
    Path("out/a_upper.tif").touch()
    with pytest.raises(InputError, match=r"a_upper\.tif exists"):
        plan_intervals([A])
    assert plan_intervals([A], overwrite=True)[0].interval is not None


def test_ends_are_no_other_result(place: Path) -> None:
    other = Job(Path("in/b.png"), Path("out/a_lower.tif"))
    with pytest.raises(InputError, match="both a result and the end"):
        plan_intervals([A, other])
    mapped = Job(A.source, A.target, Path("out/a_upper.tif"))
    with pytest.raises(InputError, match="both a result and the end"):
        plan_intervals([mapped])


def test_ends_of_two_images_of_one_name(place: Path) -> None:
    twin = Job(Path("in/b.png"), Path("out/a.jpg"))
    with pytest.raises(InputError, match="would both become"):
        plan_intervals([A, twin])


def test_labels_of_all_images_and_of_each(place: Path) -> None:
    assert [job.regions for job in plan_regions([A, B], "all.tif")] == [
        Path("all.tif"),
        Path("all.tif"),
    ]
    assert [job.regions for job in plan_regions([A, B], "marks")] == [
        Path("marks/a.tif"),
        Path("marks/b.npy"),
    ]


def test_labels_that_could_be_either_are_refused(place: Path) -> None:
    Path("marks/a.png").touch()
    with pytest.raises(InputError, match="could both be the labels"):
        plan_regions([A], "marks")


def test_labels_that_are_missing(place: Path) -> None:
    Path("marks/b.npy").unlink()
    with pytest.raises(InputError, match=r"no labels for .*b\.png; name them b\.tif"):
        plan_regions([A, B], "marks")
