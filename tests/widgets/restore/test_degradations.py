"""Every degradation from the widget, and what makes no sense."""

from __future__ import annotations

import json
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from napari_flowprior.restoration import DEGRADATIONS


def grey(image):
    return np.rint(255 * image).astype(np.uint8)


def stack(image):
    return np.stack([image, image[::-1]])


def rgb(image):
    return grey(np.stack([image, image[::-1], 1 - image], axis=-1))


def compressed(pixels):
    file = BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=30)
    return np.asarray(Image.open(file))


def holed(image):
    image = image.copy()
    image[..., 5:8, 6:9] = np.nan
    return image


def four_levels(image):
    return np.rint(3 * image) * np.uint8(85)


DEGRADED = {
    "auto": (grey, {}),
    "correlated-noise": (grey, {"sigma": 8}),
    "signal-dependent": (grey, {}),
    "noise": (grey, {"sigma": 8}),
    "poisson-gaussian": (grey, {"gain": 1, "offset": 4, "read_noise": 2}),
    "jpeg": (grey, {"quality": 30}),
    "quantized": (four_levels, {"bits": 2}),
    "inpaint": (holed, {}),
    "blur": (grey, {"gaussian": 1.5, "sigma": 3}),
    "downsample": (grey, {"factor": 3}),
    "blind": (grey, {"sigma": 8}),
}


@pytest.mark.parametrize("name", DEGRADATIONS)
@pytest.mark.parametrize("make", [lambda image: image, stack])
def test_degradation(viewer, restore, image, name, make):
    damage, options = DEGRADED[name]
    data = damage(make(image)).astype(np.float32 if name == "inpaint" else np.uint8)
    layer, status = restore(viewer.add_image(data), name, **options)
    assert layer is not None, status
    factor = options.get("factor", 1)
    assert layer.data.shape == (*data.shape[:-2], 40 * factor, 48 * factor)
    assert layer.data.dtype == data.dtype
    assert np.isfinite(layer.data).all()
    provenance = layer.metadata["flowprior"]
    assert provenance["given"] == name
    assert json.loads(json.dumps(provenance)) == provenance


@pytest.mark.parametrize("name", sorted(set(DEGRADATIONS) - {"inpaint", "quantized"}))
def test_colour(viewer, restore, image, name):
    _, options = DEGRADED[name]
    data = compressed(rgb(image)) if name == "jpeg" else rgb(image)
    source = viewer.add_image(data, rgb=True)
    layer, status = restore(source, name, channels=3, **options)
    assert layer is not None, status
    assert layer.rgb
    factor = options.get("factor", 1)
    assert layer.data.shape == (40 * factor, 48 * factor, 3)


def test_what_is_left_open_is_estimated(viewer, restore, image):
    electrons = np.random.default_rng(0).poisson(30 + 120 * np.kron(image, ONES))
    data = (2 * electrons + 10).astype(np.uint16)
    layer, status = restore(viewer.add_image(data), "poisson-gaussian")
    found = layer.metadata["flowprior"]["degradation"]
    assert found["gain"] == pytest.approx(2, rel=0.3)
    assert f"gain {found['gain']:.4g}, offset" in status


ONES = np.ones((4, 4))


def blurred_point(side=7):
    point = np.zeros((side, side))
    point[side // 2, side // 2] = 1
    return gaussian_filter(point, 1)


WRONG = {
    "PSF sum": ("blur", lambda: {"psf": blurred_point() * 2}, "sum 2 instead of 1"),
    "PSF stack": ("blur", lambda: {"psf": np.ones((3, 3, 3), int)}, "has 3 axes"),
    "empty PSF": ("blur", lambda: {"psf": np.zeros((3, 3), int)}, "has the sum 0"),
    "two PSFs": (
        "blur",
        lambda: {"psf": blurred_point(), "gaussian": 1},
        "given is PSF and gaussian",
    ),
    "no PSF": ("blur", dict, "given is none of them"),
    "map": ("noise", lambda: {"sigma": None, "map": np.ones((3, 3))}, "does not fit"),
    "map and level": ("noise", lambda: {"map": np.ones((40, 48))}, "not both"),
    "negative map": (
        "noise",
        lambda: {"sigma": None, "map": np.full((40, 48), -1.0)},
        "negative or not finite",
    ),
    "mask": ("inpaint", lambda: {"mask": np.ones((40, 48), bool)}, "marks every pixel"),
    "small mask": ("inpaint", lambda: {"mask": np.eye(9) > 0}, "does not fit"),
    "no holes": ("inpaint", dict, "add a Labels or Shapes layer"),
    "no bad pixels": ("inpaint", lambda: {"bad_pixels": True}, "none is dead or hot"),
    "no camera": ("poisson-gaussian", lambda: CAMERA, "no noise at all"),
    "not JPEG": ("jpeg", dict, "of 8 bits"),
    "no levels": ("quantized", lambda: {"bits": 3}, "not those of 3 bits"),
}
CAMERA = {"gain": 0.0, "read_noise": 0}


@pytest.mark.parametrize("case", WRONG)
def test_what_makes_no_sense_is_a_sentence(viewer, restore, image, case):
    name, options, says = WRONG[case]
    kind = np.uint16 if case in ("no holes", "not JPEG") else np.float32
    source = viewer.add_image((200 * image).astype(kind))
    given = {
        key: viewer.add_image(value) if isinstance(value, np.ndarray) else value
        for key, value in options().items()
    }
    layer, status = restore(source, name, **given)
    assert layer is None
    assert says in status
    assert "Traceback" not in status


def test_factor_larger_than_the_image(viewer, restore):
    layer, status = restore(
        viewer.add_image(np.ones((5, 5), np.uint8)), "downsample", factor=8
    )
    assert layer is None
    assert "more than the image of 5x5" in status
