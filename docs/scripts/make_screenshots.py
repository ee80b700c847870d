"""Make the pictures of napari in the README and in the documentation.

Needs a screen of 1600 x 1000 pixels with OpenGL, such as that of
``xvfb-run -a -s "-screen 0 1600x1000x24" python docs/scripts/make_screenshots.py``.
Names of pictures choose some of them.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import napari
import numpy as np
from napari.settings import get_plugin_settings
from PIL import Image
from qtpy.QtCore import QEventLoop, QTimer
from skimage import data

import napari_flowprior.restoration
import napari_flowprior.training  # noqa: F401 (so that no widget has to wait for torch)

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
README = ROOT / "resources" / "readme"
DOCS = ROOT / "docs" / "pictures"
SIZE = 1600, 1000
FACE = 150, 245  # rows, columns
PART = np.s_[40:296, 120:376]
DOCK_WIDTH = 300
TITLE = 40  # height of the title bar of a dock, and a little more
SCHEDULER = "tcp://10.0.0.1:8786"  # that nobody has to run for a picture
STEP = 20  # pixels by which a dock grows
SETTLED = 1500  # milliseconds
TRAINING_STEPS = 60


def settle(milliseconds: int = SETTLED) -> None:
    """Let everything be drawn that was asked for."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def wait_for(label: Any) -> None:
    """Wait until something is said that has to be found out."""
    while label.isHidden():
        settle(100)


@contextmanager
def bare(name: str, theme: str = "dark") -> Iterator[tuple[napari.Viewer, Any]]:
    """Open a viewer with a widget, as its menus would."""
    viewer = napari.Viewer()
    viewer.theme = theme
    viewer.window.resize(*SIZE)
    _, widget = viewer.window.add_plugin_dock_widget("napari-flowprior", name)
    getattr(widget, "form", None)  # waits for it
    try:
        yield viewer, widget
    finally:
        viewer.close()


@contextmanager
def opened(
    sample: str, name: str, theme: str = "dark"
) -> Iterator[tuple[napari.Viewer, Any]]:
    """Open a viewer with a sample image and a widget, as its menus would."""
    with bare(name, theme) as (viewer, widget):
        viewer.open_sample("napari-flowprior", sample)
        yield viewer, widget


def write(picture: Image.Image, path: Path) -> None:
    """Write a picture to a small file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    small = picture.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    small.save(path, optimize=True)
    print(f"{path.name}: {picture.width} x {picture.height} pixels")


def take(viewer: napari.Viewer, path: Path) -> None:
    """Take a picture of the window."""
    settle()
    window = viewer.screenshot(canvas_only=False, flash=False)
    write(Image.fromarray(window), path)


def take_dock(widget: Any, path: Path) -> None:
    """Take a picture of a dock widget alone, as narrow as docks are."""
    dock = widget.parent()
    dock.setFloating(True)
    if hasattr(widget, "form"):
        widget.form._section.button.setChecked(True)
    settle()
    dock.resize(DOCK_WIDTH, widget.sizeHint().height() + TITLE)
    settle()
    # What takes more lines than it asked for is to be seen without scrolling.
    area = getattr(widget, "_scroll", None) or widget.text
    while area.verticalScrollBar().isVisible():
        dock.resize(DOCK_WIDTH, dock.height() + STEP)
        settle(100)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "dock.png"
        dock.grab().save(str(file))
        with Image.open(file) as picture:
            write(picture, path)


def crop(viewer: napari.Viewer) -> None:
    """Keep of all layers the part around the face, so that it does not take long."""
    for layer in viewer.layers:
        layer.data = layer.data[PART]
    viewer.reset_view()


def side_by_side(viewer: napari.Viewer, center: tuple[int, int] = FACE) -> None:
    """Show the layers that are visible beside each other, in the same place."""
    grid, camera = viewer.canvas.grid, viewer.scene.camera
    grid.shape = (1, 2)
    grid.enabled = True
    camera.center = center
    camera.zoom = 3.2


# --- the pictures


def restore_widget(path: Path) -> None:
    """Show a noisy photograph, and what was restored from it."""
    with opened("noisy", "Restore") as (viewer, widget):
        widget.layer = viewer.layers["noisy photograph"]
        widget.prior = "photo-gray"
        widget.degradation = "noise"
        widget.degradation_options = {"sigma": 25}
        widget.keep_source = True  # so that both are shown
        widget.run().wait()
        side_by_side(viewer)
        take(viewer, path)


def napari_before(path: Path) -> None:
    """Show a sample and the widget, before anything is chosen."""
    with opened("noisy", "Restore") as (viewer, widget):
        wait_for(widget._bar.cost)
        take(viewer, path)


def napari_diagnosis(path: Path) -> None:
    """Show what is said of an image, and a preview of what is then proposed."""
    with opened("noisy", "Restore") as (viewer, widget):
        widget.layer = viewer.layers["noisy photograph"]
        viewer.scene.camera.center = FACE
        viewer.scene.camera.zoom = 3.2
        widget.diagnose().wait()
        shown = QEventLoop()
        widget.preview.settled.connect(shown.quit)
        widget.preview.start()
        shown.exec()
        take(viewer, path)


def napari_automatic(path: Path) -> None:
    """Show what *Automatic* found, and the result in place of the layer."""
    with opened("noisy", "Restore") as (viewer, widget):
        widget.layer = viewer.layers["noisy photograph"]
        widget.keep_source = True
        widget.run().wait()
        side_by_side(viewer)
        take(viewer, path)


def napari_light(path: Path) -> None:
    """Show the same in the light theme."""
    with opened("noisy", "Restore", "light") as (viewer, widget):
        widget.layer = viewer.layers["noisy photograph"]
        widget.keep_source = True
        widget.run().wait()
        side_by_side(viewer)
        take(viewer, path)


def napari_holes(path: Path) -> None:
    """Show scratches filled, with the layer that marks them."""
    with opened("holes", "Restore") as (viewer, widget):
        crop(viewer)
        widget.layer = viewer.layers["photograph with holes"]
        widget.degradation = "inpaint"
        widget.degradation_options = {"mask": viewer.layers["holes"]}
        widget.keep_source = True
        widget.run().wait()
        viewer.layers["holes"].visible = False
        side_by_side(viewer, (128, 128))
        take(viewer, path)


def napari_uncertainty(path: Path) -> None:
    """Show the mean of the posterior beside its standard deviation."""
    with opened("noisy", "Restore") as (viewer, widget):
        crop(viewer)
        widget.layer = viewer.layers["noisy photograph"]
        widget.degradation = "noise"
        widget.degradation_options = {"sigma": 25}
        widget.output = "uncertainty"
        widget.run().wait()
        for layer in viewer.layers[1:]:
            layer.visible = True
        viewer.layers.move(2, 1)  # what is restored comes last, on the left
        side_by_side(viewer, (128, 128))
        take(viewer, path)


def train_widget(path: Path) -> None:
    """Show a shipped prior that is adapted to the clean sample."""
    folder = tempfile.TemporaryDirectory()
    with folder as name, opened("clean", "Train a prior") as (viewer, widget):
        widget.layers, widget.place = list(viewer.layers), name
        widget.name = "photographer"
        widget.minutes, widget.steps = None, TRAINING_STEPS
        ended = QEventLoop()
        widget.finished.connect(ended.quit)
        widget.train()
        ended.exec()
        widget._settings.button.setChecked(False)
        take(viewer, path)


@contextmanager
def inside(name: str) -> Iterator[Path]:
    """Make a folder whose path is short, as it is seen from beside it."""
    with tempfile.TemporaryDirectory() as place, chdir(place):
        folder = Path(name)
        folder.mkdir()
        yield folder


def folder_preview(path: Path) -> None:
    """Show a file of a folder before and after, before any is restored."""
    photographs = (data.camera(), data.page(), data.coins(), data.moon())
    names = "camera.png", "page.png", "coins.png", "moon.png"
    path = path.resolve()
    with inside("photographs") as folder, bare("Restore folder") as (viewer, widget):
        random = np.random.default_rng(0)
        for name, clean in zip(names, photographs, strict=True):
            noisy = np.clip(clean + random.normal(0, 25, clean.shape), 0, 255)
            Image.fromarray(noisy.astype(np.uint8)).save(folder / name)
        widget.fields["source"].value = folder.name
        widget.fields["target"].value = "restored"
        widget.form.fields["degradation"].value = "noise"
        widget.form.degradation_options = {"sigma": 25}
        widget.table.setCurrentCell(0, 0)
        shown = QEventLoop()
        widget.preview.settled.connect(shown.quit)
        widget.preview.start()
        shown.exec()
        take(viewer, path)


def device_of_a_cluster(path: Path) -> None:
    """Show the rows of Restore where the workers of a cluster do the work."""
    with opened("noisy", "Priors") as (viewer, _):
        computing = get_plugin_settings("napari-flowprior").computing
        before, computing.scheduler = computing.scheduler, SCHEDULER
        try:
            window = viewer.window
            _, widget = window.add_plugin_dock_widget("napari-flowprior", "Restore")
            widget.device = SCHEDULER
            take_dock(widget, path)
        finally:
            computing.scheduler = before


def restore_dock_dark(path: Path, theme: str = "dark") -> None:
    """Show the Restore widget alone."""
    with opened("noisy", "Restore", theme) as (_, widget):
        wait_for(widget._bar.cost)
        take_dock(widget, path)


def restore_dock_light(path: Path) -> None:
    """Show it in the light theme."""
    restore_dock_dark(path, "light")


def train_dock_dark(path: Path, theme: str = "dark") -> None:
    """Show the Train widget alone."""
    with opened("clean", "Train a prior", theme) as (_, widget):
        wait_for(widget._bar.foreseen)
        take_dock(widget, path)


def train_dock_light(path: Path) -> None:
    """Show it in the light theme."""
    train_dock_dark(path, "light")


def folder_dock_dark(path: Path, theme: str = "dark") -> None:
    """Show the widget for folders alone."""
    with opened("noisy", "Restore folder", theme) as (_, widget):
        settle()
        take_dock(widget, path)


def folder_dock_light(path: Path) -> None:
    """Show it in the light theme."""
    folder_dock_dark(path, "light")


def priors_dock_dark(path: Path, theme: str = "dark") -> None:
    """Show the list of priors, with one of the user's, and one that is damaged."""
    path = path.resolve()
    shipped = (ROOT / "resources" / "priors" / "microscopy.safetensors").read_bytes()
    with inside("priors") as folder:
        (folder / "cells.safetensors").write_bytes(shipped)
        (folder / "half-a-file.safetensors").write_bytes(shipped[: len(shipped) // 2])
        get_plugin_settings("napari-flowprior").priors.folder = folder.name
        with opened("noisy", "Priors", theme) as (_, widget):
            settle()
            widget.choose("cells")
            take_dock(widget, path)


def priors_dock_light(path: Path) -> None:
    """Show it in the light theme."""
    priors_dock_dark(path, "light")


OF_README = (restore_widget, train_widget)
OF_DOCS = (
    *(
        napari_before,
        napari_diagnosis,
        napari_automatic,
        napari_light,
        napari_holes,
        napari_uncertainty,
    ),
    *(folder_preview, device_of_a_cluster),
    *(restore_dock_dark, restore_dock_light),
    *(train_dock_dark, train_dock_light),
    *(folder_dock_dark, folder_dock_light),
    *(priors_dock_dark, priors_dock_light),
)
FOLDERS = dict.fromkeys(OF_README, README) | dict.fromkeys(OF_DOCS, DOCS)
PICTURES = {picture.__name__: picture for picture in FOLDERS}


def main() -> None:
    """Make the pictures whose names are given, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=f"some of {', '.join(PICTURES)}")
    parser.add_argument("--folder", type=Path, help="where to put all of them")
    options = parser.parse_args()
    names = options.names or list(PICTURES)
    if len(names) > 1:
        for name in names:
            subprocess.run(
                [sys.executable, *sys.argv[:1], name, *to(options)], check=True
            )
        return
    folder = options.folder or FOLDERS[PICTURES[names[0]]]
    with tempfile.TemporaryDirectory() as settings:
        # Widgets open with the settings of the last time, which are nobody's here.
        os.environ["XDG_CONFIG_HOME"] = settings
        PICTURES[names[0]](folder / f"{names[0]}.png")


def to(options: argparse.Namespace) -> list[str]:
    """Say the folder again."""
    return ["--folder", str(options.folder)] if options.folder else []


if __name__ == "__main__":
    main()
