"""Files of layers: those that they are from, and those that are written."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest
import tifffile
from napari.layers import Image
from napari.layers._source import layer_source

from napari_flowprior._errors import InputError
from napari_flowprior._widgets.layers import LayerFiles, _files


@pytest.fixture
def stack():
    return np.arange(40 * 8 * 8, dtype=np.uint16).reshape(40, 8, 8)


def from_file(path, array, shown=None):
    tifffile.imwrite(path, array, photometric="minisblack")
    with layer_source(path=str(path)):
        return Image(array if shown is None else shown, name="stack", rgb=False)


def test_the_file_of_a_layer(tmp_path, stack):
    path = tmp_path / "a.tif"
    files = LayerFiles()
    layer = from_file(path, stack)
    assert files.of_pixels(layer, layer.data, "ZYX") == path
    assert files.of_pixels(layer, stack.astype(">u2"), "ZYX") == path
    assert not files.written
    for other in (stack + np.uint16(1), stack.astype(np.float32), stack[1:]):
        with pytest.raises(InputError, match="'stack' shows is in no file"):
            files.of_pixels(layer, other, "ZYX")
    path.write_bytes(b"damaged")
    with pytest.raises(InputError, match="in no file"):
        files.of_pixels(layer, layer.data, "ZYX")


def test_not_all_of_what_is_lazy_is_read(tmp_path, stack):
    path = tmp_path / "a.tif"
    read = []

    def noted(block, block_info=None):
        read.append(block_info[0]["chunk-location"][0])
        return block

    lazy = da.from_array(stack, chunks=(1, 8, 8)).map_blocks(noted, dtype=stack.dtype)
    layer = from_file(path, stack, lazy)
    read.clear()
    assert LayerFiles().of_pixels(layer, lazy, "ZYX") == path
    assert len(set(read)) == 16
    with pytest.raises(InputError, match="in no file"):
        LayerFiles().of_pixels(layer, lazy + np.uint16(1), "ZYX")


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.float32, np.float64, np.int64])
def test_what_is_written_is_what_is_read(tmp_path, stack, dtype):
    data = stack.astype(dtype)
    layer = Image(data, name="odd: name?", rgb=False)
    files = LayerFiles(tmp_path)
    path = files.of_pixels(layer, data, "ZYX")
    assert files.written == [path]
    read = _files.read_image(path).array
    assert (read.dtype, path.stem) == (data.dtype, "odd- name-")
    np.testing.assert_array_equal(read, data)


def test_what_takes_long_is_not_written(tmp_path, stack, monkeypatch):
    monkeypatch.setattr(_files, "_MOST", 100)
    with pytest.raises(InputError, match="too large to be written at once"):
        LayerFiles(tmp_path).of_pixels(Image(stack, name="stack"), stack, "ZYX")
    assert not list(tmp_path.iterdir())
