"""Finding images, opening them, and forgetting them."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile
import zarr
from PIL import Image
from stores import cache_of, pixels

from napari_flowprior._errors import InputError
from napari_flowprior.training import TrainingImage
from napari_flowprior.training.patches._images import ImageCache, find_images, view_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One image of every format, and what is none."""
    place = tmp_path / "images"
    (place / "deeper").mkdir(parents=True)
    tifffile.imwrite(place / "b.tif", pixels(20, 30))
    tifffile.imwrite(place / "c.ome.tif", pixels(2, 20, 30), metadata={"axes": "CYX"})
    np.save(place / "d.npy", pixels(3, 20, 30))
    Image.fromarray(pixels(20, 30, 3)).save(place / "e.PNG")
    Image.fromarray(pixels(20, 30)).save(place / "f.jpeg")
    zarr.save_array(place / "a.zarr", pixels(4, 20, 30))
    tifffile.imwrite(place / "deeper" / "g.tif", pixels(20, 30))
    (place / "notes.txt").write_text("none")
    (place / ".hidden.png").write_bytes(b"none")
    return place


def names(found: list[Path | TrainingImage]) -> list[str]:
    return [entry.name for entry in found]


def test_folders_stand_for_the_images_in_them(folder: Path) -> None:
    expected = ["a.zarr", "b.tif", "c.ome.tif", "d.npy", "e.PNG", "f.jpeg"]
    assert names(find_images([folder])) == expected
    assert names(find_images([str(folder)])) == expected
    assert names(find_images(folder)) == expected


def test_patterns_stand_for_the_images_they_match(folder: Path) -> None:
    assert names(find_images([folder / "?.zarr", f"{folder}/**/*.tif"])) == [
        "a.zarr",
        "b.tif",
        "c.ome.tif",
        "g.tif",
    ]


def test_the_same_image_counts_once(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link").symlink_to(folder)
    (tmp_path / "hard.tif").hardlink_to(folder / "b.tif")
    same = ["images/b.tif", folder / "b.tif", "link/b.tif", "hard.tif", "images/b*"]
    assert len(find_images(same)) == 1
    array = pixels(5, 5)
    twice = [TrainingImage(array, "YX", "a"), TrainingImage(array, "XY", "b")]
    assert names(find_images(twice)) == ["a"]
    assert len(find_images([twice[0], TrainingImage(array.copy(), "YX")])) == 2


@pytest.mark.parametrize("name", ["nowhere", "deeper/*.png", "empty"])
def test_names_that_stand_for_nothing(folder: Path, name: str) -> None:
    (folder / "empty").mkdir()
    with pytest.raises(InputError, match=r"does not exist|stands for no image"):
        find_images([folder / "b.tif", folder / name])


@pytest.mark.parametrize(
    ("name", "axes", "shape"),
    [
        ("a.zarr", "ZYX", (4, 20, 30)),
        ("b.tif", "YX", (20, 30)),
        ("c.ome.tif", "CYX", (2, 20, 30)),
        ("d.npy", "ZYX", (3, 20, 30)),
        ("e.PNG", "YXS", (20, 30, 3)),
        ("f.jpeg", "YX", (20, 30)),
    ],
)
def test_every_format_is_opened(
    folder: Path, name: str, axes: str, shape: tuple[int, ...]
) -> None:
    image = cache_of(folder / name)[0]
    assert (image.axes, image.array.shape) == (axes, shape)
    assert image.name == str(folder / name)
    assert view_of(image).joint == ("S" in axes)


def test_axes_may_be_told_of_files_but_not_of_arrays(folder: Path) -> None:
    array = TrainingImage(pixels(5, 6, 7), "xyz", "mine")
    images = ImageCache([folder / "d.npy", folder / "b.tif", array], "CXY", 100)
    assert images[0].axes == "CXY"
    assert images[2].axes == "XYZ"
    with pytest.raises(InputError, match='"CXY" name 3 axes, but the image has 2'):
        _ = images[1]


def test_no_more_than_the_limit_is_kept(tmp_path: Path) -> None:
    for number in range(12):
        Image.fromarray(pixels(20, 30)).save(tmp_path / f"{number}.png")
    images = cache_of(tmp_path, limit=2000)
    for number in range(12):
        _ = images[number]
        assert images.held == 600 * min(number + 1, 3)
    assert images.largest == 600
    assert images[11].array is images[11].array
    assert sum(map(images.decoded_bytes, range(12))) == 12 * 600


def test_arrays_of_the_caller_are_not_kept(folder: Path) -> None:
    images = cache_of(TrainingImage(pixels(50, 50), "YX"), folder / "a.zarr")
    assert [images.decoded_bytes(i) for i in range(2)] == [0, 0]
    assert (images.held, images.largest) == (0, 0)


def test_large_files_stay_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("napari_flowprior.training.patches._images._READ_WHOLE", 1000)
    array = pixels(3, 64, 64)
    np.save(tmp_path / "a.npy", array)
    tifffile.imwrite(tmp_path / "b.tif", array, photometric="minisblack")
    tifffile.imwrite(
        tmp_path / "c.tif",
        array,
        photometric="minisblack",
        compression="zlib",
        tile=(16, 16),
    )
    images = cache_of(tmp_path)
    views = [view_of(images[i]) for i in range(3)]
    assert images.held == 0
    for view in views:
        region = view.read(1, slice(3, 9), slice(40, 50), np.uint8)
        np.testing.assert_array_equal(region[0], array[1, 3:9, 40:50])
    assert images.held == 2 * 16 * 16
    assert [images.decoded_bytes(i) for i in range(3)] == [0, 0, array.nbytes]
    assert images.largest == 0


def test_few_files_are_left_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("napari_flowprior.training.patches._images._READ_WHOLE", 0)
    monkeypatch.setattr("napari_flowprior.training.patches._images._MOST_OPEN", 3)
    for number in range(8):
        tifffile.imwrite(tmp_path / f"{number}.tif", pixels(16, 16), compression="zlib")
    images = cache_of(tmp_path)
    opened = [id(images[number]) for number in range(8)]
    assert [id(images[number]) == opened[number] for number in (5, 6, 7)] == [True] * 3
    if sys.platform == "linux":
        held = [p.resolve() for p in Path("/proc/self/fd").iterdir() if p.exists()]
        assert sum(tmp_path in path.parents for path in held) == 3


def test_damaged_files_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(pixels(90, 90)).save(path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(InputError, match=r"a\.png cannot be read"):
        _ = cache_of(path)[0]
