"""Images in OME-Zarr stores."""

from __future__ import annotations

import json
import pickle
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
import zarr
from stores import cache_of, pixels

from napari_flowprior._errors import InputError
from napari_flowprior.training.patches._images import view_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray


def store(path: Path, arrays: dict[str, NDArray[np.generic]]) -> zarr.Group:
    group = zarr.open_group(path, mode="w")
    for name, array in arrays.items():
        made = group.create_array(name, shape=array.shape, dtype=array.dtype)
        made[:] = array
    return group


class Writes:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Callable[..., object], tuple[Path, bytes]]:
        return type(self._path).write_bytes, (self._path, b"run")


@pytest.mark.parametrize("version", [{}, {"ome": True}])
def test_the_finest_array_of_an_ome_zarr_is_taken(
    tmp_path: Path, version: dict[str, bool]
) -> None:
    fine, coarse = pixels(2, 3, 20, 30), pixels(2, 3, 10, 15)
    group = store(tmp_path / "a.ome.zarr", {"half": coarse, "whole": fine})
    axes = [{"name": name} for name in "tcyx"]
    datasets = [{"path": "whole"}, {"path": "half"}]
    scales = {"multiscales": [{"axes": axes, "datasets": datasets}]}
    group.attrs.update({"ome": scales} if version else scales)
    image = cache_of(tmp_path / "a.ome.zarr")[0]
    assert image.axes == "TCYX"
    np.testing.assert_array_equal(image.array[...], fine)


def test_groups_are_searched(tmp_path: Path) -> None:
    first = pixels(20, 30)
    store(tmp_path / "a.zarr", {"0/0": first, "0/1": pixels(4, 4), "1/0": pixels(9, 9)})
    np.testing.assert_array_equal(cache_of(tmp_path / "a.zarr")[0].array[...], first)


def test_arrays_of_a_store_may_name_their_axes(tmp_path: Path) -> None:
    zarr.create_array(
        tmp_path / "a.zarr",
        shape=(5, 6, 7),
        dtype="u2",
        dimension_names=["x", "c", "y"],
    )
    zarr.create_array(
        tmp_path / "b.zarr", shape=(5, 6), dtype="u2", dimension_names=["up", "right"]
    )
    images = cache_of(tmp_path)
    assert [images[i].axes for i in range(2)] == ["XCY", "YX"]


def test_stores_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.zarr").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "zarr.json").write_text("{")
    store(tmp_path / "c.zarr", {})
    images = cache_of(tmp_path)
    for index, words in enumerate(["cannot be read", "cannot be read", "no array"]):
        with pytest.raises(InputError, match=words):
            _ = images[index]


def test_damage_within_a_store_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.zarr"
    zarr.save_array(path, pixels(20, 30, dtype=np.uint16))
    image = cache_of(path)[0]
    for chunk in (path / "c").rglob("*"):
        if chunk.is_file():
            chunk.write_bytes(b"damage")
    with pytest.raises(InputError, match=r"a\.zarr is damaged"):
        view_of(image).read(0, slice(0, 5), slice(0, 5))


@pytest.mark.parametrize(
    ("dtype", "codecs"),
    [("|u1", ["pickle"]), ("|O", ["vlen-utf8", "pickle"])],
)
def test_code_in_a_store_is_never_run(
    tmp_path: Path, dtype: str, codecs: list[str]
) -> None:
    written = tmp_path / "written"
    path = tmp_path / "a.zarr"
    path.mkdir()
    header = {
        "zarr_format": 2,
        "shape": [32, 32],
        "chunks": [32, 32],
        "dtype": dtype,
        "compressor": None,
        "filters": [{"id": name} for name in codecs],
        "fill_value": 0 if dtype == "|u1" else "",
        "order": "C",
    }
    (path / ".zarray").write_text(json.dumps(header))
    (path / "0.0").write_bytes(pickle.dumps(Writes(written)))
    with pytest.raises(InputError, match=r"a\.zarr|not numeric"):
        cache_of(path)[0].array[...]
    assert not written.exists()


def test_zarr_may_be_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    zarr.save_array(tmp_path / "a.zarr", pixels(20, 30))
    monkeypatch.setitem(sys.modules, "zarr", None)
    with pytest.raises(InputError, match=r"install napari-flowprior\[zarr\]"):
        _ = cache_of(tmp_path / "a.zarr")[0]
