"""Compressed TIFF files of which only parts are decoded."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from napari_flowprior._errors import InputError
from napari_flowprior.data import LruCache, read_image

SETTINGS = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
LAYOUTS = {
    "tiles": {"tile": (32, 16)},
    "strips": {"rowsperstrip": 7},
    "one strip": {"rowsperstrip": 1000},
    "plain tiles": {"tile": (16, 16), "compression": None},
}
SHAPES = {
    "YX": (61, 45),
    "ZYX": (3, 61, 45),
    "TZYX": (2, 3, 40, 33),
    "YXS": (61, 45, 3),
    "ZYXS": (2, 40, 33, 4),
    "SYX": (3, 61, 45),
}


def pixels(shape):
    return np.random.default_rng(0).integers(0, 60000, shape, dtype=np.uint16)


def write(path, axes, layout):
    array = pixels(SHAPES[axes])
    options = {"compression": "zlib", **LAYOUTS[layout]}
    if "S" in axes:
        options["photometric"] = "rgb"
        options["planarconfig"] = "separate" if axes == "SYX" else "contig"
    else:
        options["photometric"] = "minisblack"
    tifffile.imwrite(path, array, metadata={"axes": axes}, **options)
    return array


@st.composite
def keys(draw, shape):
    key = []
    for side in shape:
        low, high = sorted(draw(st.tuples(*[st.integers(-side, side + 3)] * 2)))
        step = draw(st.sampled_from([None, 1, 2, -1]))
        kinds = [st.just(slice(low, high, step)), st.integers(-side, side - 1)]
        key.append(draw(st.one_of(*kinds, st.just(slice(None)))))
    return tuple(key[: draw(st.integers(1, len(key)))])


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("axes", SHAPES)
@SETTINGS
@given(data=st.data())
def test_regions_are_those_of_the_whole(tmp_path, axes, layout, data):
    path = tmp_path / "a.tif"
    if not path.exists():
        write(path, axes, layout)
    array = pixels(SHAPES[axes])
    lazy = read_image(path, in_memory=0).array
    assert not isinstance(lazy, np.ndarray)
    key = data.draw(keys(array.shape))
    np.testing.assert_array_equal(lazy[key], array[key])


def test_only_tiles_that_are_asked_for_are_decoded(tmp_path, monkeypatch):
    write(tmp_path / "a.tif", "ZYX", "tiles")
    decoded = LruCache(2**20)
    lazy = read_image(tmp_path / "a.tif", in_memory=0, decoded=decoded).array
    lazy[1, 3:20, 17:30]
    assert decoded.held == 32 * 16 * 2
    lazy[1, 3:20, 17:30]
    assert decoded.held == 32 * 16 * 2
    lazy[1, 31:33, 15:17]
    assert decoded.held == (2 * 32 * 16 + 2 * 29 * 16) * 2


def test_little_is_kept_however_much_is_read(tmp_path):
    array = write(tmp_path / "a.tif", "TZYX", "strips")
    decoded = LruCache(3000)
    lazy = read_image(tmp_path / "a.tif", in_memory=0, decoded=decoded).array
    np.testing.assert_array_equal(np.asarray(lazy), array)
    assert 0 < decoded.held <= 3000


def test_files_share_what_is_kept(tmp_path):
    first = write(tmp_path / "a.tif", "YX", "tiles")
    tifffile.imwrite(tmp_path / "b.tif", first + 1, tile=(32, 16), compression="zlib")
    decoded = LruCache(2**20)
    lazy = [
        read_image(tmp_path / name, in_memory=0, decoded=decoded).array
        for name in ("a.tif", "b.tif")
    ]
    np.testing.assert_array_equal(lazy[0][5:9, 5:9], first[5:9, 5:9])
    np.testing.assert_array_equal(lazy[1][5:9, 5:9], first[5:9, 5:9] + 1)


def test_tiles_that_were_never_written_are_empty(tmp_path):
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as tif:
        tiles = (None if i == 1 else np.full((16, 16), 7, np.uint8) for i in range(4))
        tif.write(
            tiles, shape=(32, 32), dtype=np.uint8, tile=(16, 16), compression="zlib"
        )
    lazy = read_image(path, in_memory=0).array
    assert lazy[0, 15] == 7
    assert lazy[0, 16] == 0


def test_threads_read_one_file(tmp_path):
    array = write(tmp_path / "a.tif", "TZYX", "tiles")
    lazy = read_image(tmp_path / "a.tif", in_memory=0, decoded=LruCache(0)).array

    def read(number):
        t, z, y = number % 2, number % 3, number % 32
        return np.array_equal(lazy[t, z, y : y + 8, y:], array[t, z, y : y + 8, y:])

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(read, range(600)))


def test_planes_that_disagree_with_their_strips_are_damaged(tmp_path):
    path = tmp_path / "a.tif"
    array = np.zeros((3, 8, 9), np.uint16)
    tifffile.imwrite(
        path, array, photometric="rgb", planarconfig="separate", compression="zlib"
    )
    with tifffile.TiffFile(path, mode="r+b") as file:
        file.pages.first.tags["SamplesPerPixel"].overwrite(1)
    with pytest.raises(InputError, match=r"a\.tif: its tiles.* do not fit its planes"):
        read_image(path, in_memory=0)
