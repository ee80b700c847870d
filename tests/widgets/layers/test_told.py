"""Tables of JPEG come from the file of a layer."""

from __future__ import annotations

import numpy as np
import pytest
from napari.layers._source import layer_source
from PIL import Image


def grey(image):
    return np.rint(255 * image).astype(np.uint8)


def rgb(image):
    return grey(np.stack([image, image[::-1], 1 - image], axis=-1))


# As cameras write them; no quality of libjpeg has these.
TABLES = [
    [min(255, 6 + 3 * i) for i in range(64)],
    [min(255, 9 + 3 * i) for i in range(64)],
]


@pytest.fixture
def photo(viewer, image, tmp_path):
    """A layer that was read from a JPEG file of unusual tables, and that file."""

    def photo(data):
        path = tmp_path / "photo.JPG"
        Image.fromarray(data).save(path, qtables=TABLES[: 1 + (data.ndim == 3)])
        # As a reader of napari does.
        with layer_source(path=str(path)):
            layer = viewer.add_image(np.asarray(Image.open(path)))
        return layer, path

    return photo


@pytest.mark.parametrize(("make", "channels"), [(grey, 1), (rgb, 3)])
def test_tables_of_the_file(photo, restore, image, make, channels):
    layer, _ = photo(make(image))
    result, status = restore(layer, "jpeg", channels=channels)
    assert result is not None, status
    said = result.metadata["flowprior"]["degradation"]
    assert said == {"name": "jpeg", "quality": None, "tables": "as given"}


def change_the_layer(layer, path):
    layer.data = layer.data[::-1].copy()


def remove_the_file(layer, path):
    path.unlink()


def damage_the_file(layer, path):
    path.write_bytes(b"JPEG")


@pytest.mark.parametrize("change", [change_the_layer, remove_the_file, damage_the_file])
def test_tables_are_those_of_the_same_pixels_only(photo, restore, image, change):
    layer, path = photo(grey(image))
    change(layer, path)
    result, status = restore(layer, "jpeg")
    assert result is None
    assert "no sign of JPEG" in status


def test_a_quality_that_is_said_counts(photo, restore, image):
    result, _ = restore(photo(grey(image))[0], "jpeg", quality=20)
    assert result.metadata["flowprior"]["degradation"]["quality"] == 20
