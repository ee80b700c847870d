"""What is copied is what runs: Python is executed, a command given to the CLI."""

from __future__ import annotations

import shlex
from pathlib import Path

import numpy as np
import pytest
import tifffile
from napari.layers._source import layer_source
from PIL import Image
from qtpy.QtGui import QGuiApplication
from qtpy.QtWidgets import QFileDialog

from napari_flowprior.cli import main
from napari_flowprior.restoration import LogLikelihoodResult, PosteriorResult


@pytest.fixture
def from_file(viewer, tmp_path):
    """Add a layer that is from a file."""

    def from_file(array, name="my image", **options):
        path = tmp_path / f"{name}.tif"
        tifffile.imwrite(path, array)
        with layer_source(path=str(path)):
            return viewer.add_image(array, name=name, **options)

    return from_file


@pytest.fixture
def widget(viewer, make_widget, from_file, image):
    layer = from_file(np.round(image * 255).astype(np.uint8))
    widget = make_widget(viewer)
    widget.layer = layer
    widget.degradation_options = {"sigma": 12}
    widget.device = "cpu"
    return widget


def more(widget):
    widget.estimator, widget.estimator_options = "map", {"steps": 3}
    widget.tile, widget.overlap, widget.batch_size = 32, 4, 1
    widget.dtype = "float32"
    widget.intensity_range, widget.white = "min-max", 300


def quality(widget):
    widget.estimator, widget.estimator_options = "mmse", {"quality": "best"}


def blurred(widget):
    widget.degradation = "blur"
    widget.degradation_options = {"gaussian": 1.5, "sigma": 3}


def several(widget):
    widget.degradation = "compose"
    parts = [{"name": "blur", "gaussian": 1.5}, {"name": "noise", "sigma": 4}]
    widget.degradation_options = {"parts": parts}


def shared(widget):
    widget.degradation = "compose"
    blur = {"name": "blur", "gaussian": 1.5, "sigma": 2}
    widget.degradation_options = {"parts": [blur, {"name": "noise", "sigma": 4}]}


def finer(widget):
    widget.degradation = "downsample"
    widget.degradation_options = {"factor": 3, "antialias": False, "sigma": 2}
    widget.estimator, widget.estimator_options = "hqs", {"steps": 3}


def holes(widget):
    widget.degradation = "inpaint"
    mask = np.zeros(widget.layer.data.shape, np.uint8)
    mask[5:9, 7:12] = 1
    folder = widget.layer.source.path.replace("my image", "the mask")
    tifffile.imwrite(folder, mask)
    with layer_source(path=folder):
        layer = widget._viewer.add_labels(mask, name="the mask")
    widget.degradation_options = {"mask": layer}
    widget.estimator, widget.estimator_options = "annealing", {"steps": 3}


def jpeg(widget):
    widget.degradation, widget.degradation_options = "jpeg", {"quality": 30}
    widget.estimator, widget.estimator_options = "sampled-mean", {"steps": 3}


def automatic(widget):
    widget.degradation = "auto"


CASES = [more, quality, blurred, several, shared, finer, holes, jpeg, automatic]


def executed(widget, folder=None):
    scope = {"viewer": widget._viewer}
    exec(widget.copy("python", folder), scope)
    return scope["result"]


def commanded(widget, folder=None):
    name, *words = shlex.split(widget.copy("command", folder))
    assert name == "napari-flowprior"
    assert main([*words, "--quiet"]) == 0
    return [tifffile.imread(word) for word in words if "-restored" in word]


@pytest.mark.parametrize("case", CASES)
def test_the_same_in_all_three_places(widget, run, case):
    case(widget)
    layer = run(widget)
    np.testing.assert_array_equal(executed(widget), layer.data)
    (written,) = commanded(widget)
    np.testing.assert_array_equal(written, layer.data)
    assert QGuiApplication.clipboard().text().startswith("napari-flowprior restore ")
    assert widget.status == "Copied; paste it into a terminal."


def test_uncertainty(widget, run):
    widget.output = "uncertainty"
    widget.estimator_options = {"samples": 2, "seed": 3, "steps": 2}
    mean = run(widget).data
    result = executed(widget)
    assert isinstance(result, PosteriorResult)
    np.testing.assert_array_equal(result.mean, mean)
    written, std = commanded(widget)
    np.testing.assert_array_equal(written, mean)
    np.testing.assert_array_equal(std, result.std)


def test_intervals(widget, run, viewer):
    widget.set(output="interval", coverage=0.8)
    widget.estimator_options = {"samples": 2, "seed": 3, "steps": 2}
    mean = run(widget).data
    ends = [viewer.layers[f"my image {end}"].data for end in ("lower", "upper")]
    scope = {"viewer": viewer}
    exec(widget.copy("python"), scope)
    np.testing.assert_array_equal(scope["result"].mean, mean)
    np.testing.assert_array_equal([scope["lower"], scope["upper"]], ends)
    (written,) = commanded(widget)
    np.testing.assert_array_equal(written, mean)
    path = Path(widget.layer.source.path)
    for end, name in zip(ends, ("lower", "upper"), strict=True):
        told = tifffile.imread(path.with_name(f"{path.stem}-restored_{name}.tif"))
        np.testing.assert_array_equal(told, end)


def test_log_likelihood(widget, run):
    widget.output = "log-likelihood"
    image = run(widget).data
    result = executed(widget)
    assert isinstance(result, LogLikelihoodResult)
    np.testing.assert_array_equal(result.image, image)
    written, bits = commanded(widget)
    np.testing.assert_array_equal(written, image)
    np.testing.assert_allclose(bits, result.bits)


def test_tables_of_a_jpeg_file(viewer, make_widget, run, image, tmp_path):
    path = tmp_path / "photo.jpg"
    Image.fromarray(np.round(image * 255).astype(np.uint8)).save(path, quality=20)
    with layer_source(path=str(path)):
        viewer.add_image(np.asarray(Image.open(path)), name="photo")
    widget = make_widget(viewer)
    widget.degradation = "jpeg"
    widget.estimator, widget.estimator_options = "sampled-mean", {"steps": 3}
    layer = run(widget)
    assert "JPEG().told_by_file(Path(" in widget.copy("python")
    np.testing.assert_array_equal(executed(widget), layer.data)
    (written,) = commanded(widget)
    np.testing.assert_array_equal(written, layer.data)


def test_what_is_as_always_is_left_out(widget):
    widget.device = "auto"
    lines = widget.copy("python").splitlines()
    assert lines[0] == "from napari_flowprior.restoration import Noise, restore"
    assert lines[2] == "image = viewer.layers['my image'].data"
    assert lines[6] == "    degradation=Noise(sigma=12),"
    assert lines[7:] == ["    axes='YX',", ")"]


def refuses(widget, language, says, folder=None):
    assert widget.copy(language, folder) == ""
    assert says in widget.status


def test_a_layer_without_a_file_has_no_command(widget, viewer, image):
    widget.layer = viewer.add_image(image, name="made here")
    refuses(widget, "command", "'made here' shows is in no file; name a folder")
    assert "'made here'" in widget.copy("python")


def test_a_layer_that_was_changed_has_no_command(widget):
    widget.layer.data = widget.layer.data[::-1].copy()
    refuses(widget, "command", "shows is in no file")


def box(viewer, **place):
    corners = [[2, 2], [9, 9]]
    return viewer.add_shapes([corners], shape_type="rectangle", name="box", **place)


@pytest.mark.parametrize("scale", [(1, 1), (0.3, 0.3)])
def test_shapes_are_drawn_by_python_too(widget, viewer, run, scale):
    widget.layer.scale = scale
    widget.degradation = "inpaint"
    widget.degradation_options = {"mask": box(viewer, scale=scale)}
    widget.estimator, widget.estimator_options = "sampled-mean", {"steps": 3}
    source = widget.layer
    layer = run(widget)
    widget.layer = source
    np.testing.assert_array_equal(executed(widget), layer.data)
    refuses(widget, "command", "'box' shows is in no file; name a folder")


def masked(widget, layer):
    widget.degradation = "inpaint"
    widget.degradation_options = {"mask": layer}
    widget.estimator, widget.estimator_options = "sampled-mean", {"steps": 3}


def drawn(widget):
    masked(widget, box(widget._viewer))


def drawn_elsewhere(widget):
    masked(widget, box(widget._viewer, translate=(3, 3)))


def painted(widget):
    mask = np.zeros(widget.layer.data.shape, np.uint8)
    mask[3:9, 4:11] = 7
    masked(widget, widget._viewer.add_labels(mask, name="painted"))


def moved(widget):
    mask = np.ones(widget.layer.data.shape, np.uint8)
    mask[:20] = 0
    layer = widget._viewer.add_labels(mask, translate=(3, 3), name="moved")
    masked(widget, layer)


def drawn_on_colours(widget):
    colours = np.stack([widget.layer.data] * 3, axis=-1) // np.array([1, 2, 3])
    widget.layer = widget._viewer.add_image(colours.astype(np.uint8), name="colours")
    drawn(widget)


def drawn_on_a_stack(widget):
    stack = np.stack([widget.layer.data, widget.layer.data[::-1]])
    scale = 2, 0.5, 0.5
    widget.layer = widget._viewer.add_image(stack, name="stack", scale=scale)
    masked(widget, box(widget._viewer, scale=scale[1:]))


def of_changing_noise(widget):
    levels = np.full(widget.layer.data.shape, 9.5, np.float32)
    levels[20:] = 20
    layer = widget._viewer.add_image(levels, name="levels", scale=(2, 2))
    widget.layer.scale = 2, 2
    widget.degradation_options = {"sigma": None, "map": layer}


def spread(widget):
    psf = np.outer(*[[1, 3, 5, 3, 1]] * 2).astype(np.uint16)
    widget.layer.scale = 0.2, 0.2
    layer = widget._viewer.add_image(psf, name="points: spread", scale=(0.2, 0.2))
    widget.degradation = "blur"
    widget.degradation_options = {"psf": layer, "gaussian": None, "sigma": 3}
    widget.estimator, widget.estimator_options = "hqs", {"steps": 2}


def of_a_level(widget):
    data = widget.layer.data
    levels = [data, data[::2, ::2]]
    widget.layer = widget._viewer.add_image(levels, name="levels", multiscale=True)
    widget.level = 1


def made_here(widget):
    data = widget.layer.data.astype(np.float64) / 7
    widget.layer = widget._viewer.add_image(data, name="a/b")


UNSAVED = [
    *(drawn, drawn_elsewhere, painted, moved, drawn_on_colours, drawn_on_a_stack),
    *(of_changing_noise, spread, of_a_level, made_here),
]


@pytest.mark.parametrize("case", UNSAVED)
def test_what_is_in_no_file_is_written_to_one(widget, run, case, tmp_path):
    folder = tmp_path / "written"
    folder.mkdir()
    case(widget)
    source = widget.layer
    level = widget.level
    layer = run(widget)
    widget.layer, widget.level = source, level
    result = layer.data[0] if layer.multiscale else layer.data
    np.testing.assert_array_equal(executed(widget, folder), result)
    (written,) = commanded(widget, folder)
    np.testing.assert_array_equal(written, result)
    assert "written for it" in widget.status
    # What is there from the last time is taken again.
    files = sorted(folder.iterdir())
    widget.copy("command", folder)
    assert sorted(folder.iterdir()) == files


def test_the_button_asks_for_a_folder(widget, monkeypatch, tmp_path):
    asked = []

    def answer(parent, question, place):
        asked.append(place)
        return answers.pop()

    monkeypatch.setattr(QFileDialog, "getExistingDirectory", answer)
    drawn(widget)
    action = widget._bar.copy.menu().actions()[1]
    QGuiApplication.clipboard().setText("as it was")
    answers = [""]
    action.trigger()
    assert QGuiApplication.clipboard().text() == "as it was"
    answers = [str(tmp_path)]
    action.trigger()
    assert str(tmp_path / "box.tif") in QGuiApplication.clipboard().text()
    assert asked == [str(Path(widget.layer.source.path).parent)] * 2


def test_masks_of_other_numbers_are_written_anew(widget, run, tmp_path):
    # The command line takes half of white for marks, where edges are soft.
    mask = np.zeros(widget.layer.data.shape, np.uint8)
    mask[3:9, 4:11], mask[9, 4:11] = 255, 100
    path = tmp_path / "soft.tif"
    tifffile.imwrite(path, mask)
    with layer_source(path=str(path)):
        masked(widget, widget._viewer.add_labels(mask, name="soft"))
    layer = run(widget)
    (written,) = commanded(widget, tmp_path)
    np.testing.assert_array_equal(written, layer.data)


def test_files_of_other_images_are_left_alone(widget, tmp_path):
    painted(widget)
    (tmp_path / "painted.tif").write_bytes(b"of somebody")
    assert "painted 2.tif" in widget.copy("command", tmp_path)
    assert (tmp_path / "painted.tif").read_bytes() == b"of somebody"
    refuses(widget, "command", "There is no folder", tmp_path / "none")


def test_what_the_command_line_cannot_say(widget):
    widget.degradation = "compose"
    twice = [{"name": "noise", "sigma": 2}, {"name": "noise", "sigma": 3}]
    widget.degradation_options = {"parts": twice}
    refuses(widget, "command", "cannot say one thing twice")
    assert "Compose(Noise(sigma=2), Noise(sigma=3))" in widget.copy("python")


def test_what_cannot_run_cannot_be_copied(widget):
    widget.axes = "ZYX"
    assert not widget._bar.copy.isEnabled()
    refuses(widget, "python", "name 3 axes")


def test_the_menu(widget):
    actions = widget._bar.copy.menu().actions()
    assert [each.text() for each in actions] == [
        "Copy as Python",
        "Copy as command line",
        "Copy session as Python",
    ]
    actions[0].trigger()
    assert "restore(" in QGuiApplication.clipboard().text()
