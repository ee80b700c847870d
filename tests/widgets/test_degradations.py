"""Every degradation from the widget: its fields, its layers, and where results lie."""

from __future__ import annotations

import json
from io import BytesIO

import dask.array as da
import numpy as np
import pytest
from napari.layers._source import layer_source
from PIL import Image
from scipy.ndimage import gaussian_filter

from napari_flowprior import FlowPrior
from napari_flowprior.restoration import DEGRADATIONS, ESTIMATORS


@pytest.fixture
def restore(viewer, make_widget, run):
    """Restore a layer as a degradation says; return the new layer and the status."""

    def restore(layer, degradation, *, channels=1, estimator="auto", **options):
        widget = make_widget(viewer, channels=channels)
        widget.layer = layer
        widget.degradation = degradation
        widget.estimator = estimator
        widget.degradation_options = options
        messages = []
        widget.failed.connect(messages.append)
        result = run(widget)
        assert (result is None) == bool(messages)
        assert widget._bar.button.text() == "Run"
        assert widget._bar.button.isEnabled()
        return result, widget.status

    return restore


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
    "noise": (grey, {"sigma": 8}),
    "poisson-gaussian": (grey, {"gain": 1, "offset": 4, "read_noise": 2}),
    "jpeg": (grey, {"quality": 30}),
    "quantized": (four_levels, {"bits": 2}),
    "inpaint": (holed, {}),
    "blur": (grey, {"gaussian": 1.5, "sigma": 3}),
    "downsample": (grey, {"factor": 3}),
    "unknown": (grey, {"sigma": 8}),
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
    assert provenance["degradation"]["name"] == name
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


# --- JPEG files

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


# --- layers as options


def blurred_point(side=7):
    point = np.zeros((side, side))
    point[side // 2, side // 2] = 1
    return gaussian_filter(point, 1)


def test_psf_of_a_layer(viewer, restore, image):
    source = viewer.add_image(grey(image))
    counts = np.rint(5000 * blurred_point()).astype(np.uint16)
    psf = viewer.add_image(counts, name="psf")
    layer, status = restore(source, "blur", psf=psf, sigma=2)
    assert layer is not None, status
    shares = viewer.add_image(counts / counts.sum(), name="shares")
    same, _ = restore(source, "blur", psf=shares, sigma=2)
    np.testing.assert_array_equal(layer.data, same.data)


@pytest.mark.parametrize("lazy", [False, True])
def test_noise_map_of_a_layer(viewer, restore, image, lazy):
    source = viewer.add_image(image)
    levels = np.full_like(image, 0.07)
    levels = viewer.add_image(da.from_array(levels, chunks=16) if lazy else levels)
    layer, _ = restore(source, "noise", sigma=None, map=levels)
    assert layer.metadata["flowprior"]["degradation"]["sigma"] == "map"
    same, _ = restore(source, "noise", sigma=0.07)
    np.testing.assert_allclose(layer.data, same.data, atol=1e-5)


def test_bad_pixels(viewer, restore, image):
    data = grey(0.5 * gaussian_filter(image, 2))
    data[20, 30] = 255
    viewer.add_labels(np.zeros(data.shape, int))
    layer, _ = restore(
        viewer.add_image(data), "inpaint", mask=None, bad_pixels=True, sigma=0
    )
    # The prior of the tests has seen nothing but noise of mean 128: it draws to that.
    assert 40 < layer.data[20, 30] < 128
    data[20, 30] = layer.data[20, 30]
    np.testing.assert_array_equal(layer.data, data)


WRONG = {
    "PSF sum": ("blur", lambda: {"psf": blurred_point() * 2}, "sum 2 instead of 1"),
    "PSF stack": ("blur", lambda: {"psf": np.ones((3, 3, 3), int)}, "has 3 axes"),
    "empty PSF": ("blur", lambda: {"psf": np.zeros((3, 3), int)}, "has the sum 0"),
    "two PSFs": (
        "blur",
        lambda: {"psf": blurred_point(), "gaussian": 1},
        "given is psf and gaussian",
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


# --- where a result of more pixels lies

PLACES = {
    "plain": {},
    "scale": {"scale": (0.5, 2), "translate": (-7, 30)},
    "turned": {"scale": (3, 2), "rotate": 30, "translate": (5, 9)},
    "sheared": {"scale": (3, 2), "shear": [0.4], "rotate": -20},
    "affine": {"affine": [[0, 2, 5], [1, 0.5, 3], [0, 0, 1]], "scale": (2, 0.25)},
    "units": {"units": ("um", "mm"), "axis_labels": ("y", "x"), "scale": (1, 1e-3)},
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("factor", "antialias"), [(2, True), (3, False), (4, False)])
def test_features_stay_where_they_are(
    viewer, restore, place, factor, antialias, monkeypatch
):
    # What the tiny prior makes of details is none of the geometry.
    monkeypatch.setattr(FlowPrior, "denoise", lambda self, batch, level: batch)
    spot = np.zeros((30, 34), np.float32)
    spot[8, 21] = 1
    spot = gaussian_filter(spot, 1.5)
    source = viewer.add_image(spot, contrast_limits=(0, 0.2), **PLACES[place])
    options = {"factor": factor, "antialias": antialias}
    layer, _ = restore(source, "downsample", estimator="splitting", **options)
    before, after = (centre(each) for each in (source, layer))
    # In parts of the image's pixels, wherever they lie.
    pixel = source.data_to_world((1, 1)) - np.array(source.data_to_world((0, 0)))
    assert np.linalg.norm(after - before) < 0.05 * np.linalg.norm(pixel)
    assert layer.units == source.units
    assert layer.axis_labels == source.axis_labels
    assert layer.contrast_limits == [0, 0.2]


def centre(layer):
    """Where the centre of mass of what is bright in a layer lies in the world."""
    data = (layer.data - layer.data.max() / 2).clip(0)
    return np.array(
        layer.data_to_world(
            [np.average(index, weights=data) for index in np.indices(data.shape)]
        )
    )


AXES = {
    "ZYX": ((2, 10, 12), (2, 20, 24), (3, 0.5, 0.25)),
    "YXZ": ((10, 12, 2), (20, 24, 2), (1.5, 0.5, 0.5)),
    "YXS": ((10, 12, 3), (20, 24, 3), (0.5, 0.25)),
}


@pytest.mark.parametrize("axes", AXES)
def test_only_rows_and_columns_get_finer(viewer, make_widget, run, axes):
    shape, finer, wanted = AXES[axes]
    scale = (3, 1, 0.5)[-len(wanted) :]
    data = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    viewer.add_image(data, rgb=axes == "YXS", scale=scale, translate=[5] * len(scale))
    widget = make_widget(viewer)
    widget.axes, widget.degradation = axes, "downsample"
    layer = run(widget)
    assert layer.data.shape == finer
    letters = axes.replace("S", "")
    halves = [letter in "YX" for letter in letters]
    np.testing.assert_allclose(layer.scale, np.where(halves, 0.5, 1) * scale)
    shift = np.where(halves, -0.25 * np.array(scale), 0)
    np.testing.assert_allclose(layer.translate, 5 + shift)


# --- the form


@pytest.fixture
def form(viewer, make_widget):
    widget = make_widget(viewer)
    yield widget.form
    widget.close()


def items(box):
    model = box.model()
    return {box.itemText(i): model.item(i).isEnabled() for i in range(box.count())}


def test_tips_are_plain_text(form):
    assert (
        form.fields["degradation"]
        .toolTip()
        .startswith("White Gaussian noise: y = x + n, n ~ N(0, sigma^2).")
    )


@pytest.mark.parametrize("name", DEGRADATIONS)
def test_defaults_are_those_of_the_degradation(form, name):
    form.fields["degradation"].setting = name
    options = form.degradation_options
    kind = DEGRADATIONS[name]
    for option, value in options.items():
        if (name, option) != ("noise", "sigma"):
            assert value == kind.__dataclass_fields__[option].default
    editors = form.degradations.rows[name].editors
    assert all(editor.isVisibleTo(form) for editor in editors.values())
    others = [rows for other, rows in form.degradations.rows.items() if other != name]
    assert not any(
        e.isVisibleTo(form) for rows in others for e in rows.editors.values()
    )


def test_what_is_no_estimate_is_called_none(form):
    editors = form.degradations.rows["blur"].editors
    assert [editors[name].text() for name in ("gaussian", "motion")] == ["none", "none"]
    assert editors["sigma"].number.text() == "auto"
    assert form.degradations.rows["downsample"].editors["sigma"].number.text() == "0"


MISFITS = {
    "noise": set(),
    "jpeg": {"mmse", "map", "latent-map", "discrepancy"},
    "inpaint": {"mmse", "discrepancy"},
    "unknown": {"mmse", "map", "latent-map"},
}


@pytest.mark.parametrize("name", MISFITS)
def test_estimators_that_do_not_fit_cannot_be_chosen(form, name):
    form.fields["degradation"].setting = name
    offered = items(form.fields["estimator"])
    names = {ESTIMATORS[key].label for key in MISFITS[name]}
    assert {label for label, enabled in offered.items() if not enabled} == names


def test_an_estimator_that_no_longer_fits_is_left(form):
    form.fields["estimator"].setting = "mmse"
    form.fields["degradation"].setting = "poisson-gaussian"
    assert form.fields["estimator"].setting == "mmse"
    form.fields["degradation"].setting = "blur"
    assert form.fields["estimator"].setting == "auto"
    form.fields["estimator"].setting = "splitting"
    form.fields["degradation"].setting = "downsample"
    assert form.fields["estimator"].setting == "splitting"


def test_masks_are_taken_until_somebody_chooses(viewer, form, image):
    mask = form.degradations.rows["inpaint"].editors["mask"]
    assert mask.setting is None
    first = viewer.add_labels(np.ones((4, 4), int))
    assert mask.setting is first
    mask.setting = None
    viewer.add_labels(np.ones((4, 4), int))
    assert mask.setting is None
    mask.setting = first
    viewer.layers.remove(first)
    assert mask.setting is None


def test_other_arrays_are_taken_only_if_chosen(viewer, form, image):
    layer = viewer.add_image(image)
    viewer.add_image(rgb(image), rgb=True, name="colour")
    noise, psf = (
        form.degradations.rows[name].editors[field]
        for name, field in (("noise", "map"), ("blur", "psf"))
    )
    assert list(items(noise)) == ["none", layer.name, "colour"]
    assert list(items(psf)) == ["none", layer.name]
    assert noise.setting is psf.setting is None
    psf.setting = layer
    layer.name = "renamed"
    assert psf.setting is layer
    assert psf.currentText() == "renamed"


def test_a_level_can_be_estimated_for_what_has_none(qtbot, viewer, make_widget, image):
    viewer.add_image(image)
    widget = make_widget(viewer)
    widget.degradation = "downsample"
    widget.form.degradations.rows["downsample"].editors["sigma"].button.click()
    qtbot.waitUntil(lambda: not widget.running, timeout=20_000)
    assert widget.degradation_options["sigma"] == pytest.approx(0.05, rel=0.3)
