"""Make the pictures of the README: the widgets beside what they have done.

Needs a screen of 1600 x 1000 pixels with OpenGL, such as that of
``xvfb-run -a -s "-screen 0 1600x1000x24" python examples/make_screenshot.py``; with
``--train`` the picture is of the Train widget, after a training of a minute or two.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import napari
from PIL import Image
from qtpy.QtCore import QTimer
from viewer_restore import choose, open_viewer

if TYPE_CHECKING:
    from collections.abc import Callable

PICTURES = Path(__file__).parents[1] / "resources" / "readme"
TRAINING_STEPS = 60
SIZE = 1600, 1000
FACE = 150, 245  # rows, columns
SETTLED = 1500  # milliseconds


def arrange(viewer: napari.Viewer) -> None:
    """Show the noisy and the restored face side by side, in the same place."""
    grid, camera = viewer.canvas.grid, viewer.scene.camera
    grid.shape = (1, 2)
    grid.enabled = True
    camera.center = FACE
    camera.zoom = 3.2


def later(step: Callable[[], object]) -> None:
    """Take a step when all that was asked for before is drawn."""
    QTimer.singleShot(SETTLED, step)


def save(viewer: napari.Viewer, path: Path) -> None:
    """Write the window to a small file."""
    window = Image.fromarray(viewer.screenshot(canvas_only=False, flash=False))
    path.parent.mkdir(parents=True, exist_ok=True)
    small = window.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    small.save(path, optimize=True)
    print(f"{path}: {window.width} x {window.height} pixels")


def show_restore(path: Path) -> None:
    """Restore the noisy sample."""
    viewer, widget = open_viewer()
    viewer.window.resize(*SIZE)
    choose(viewer, widget)
    # Both are shown, beside each other.
    widget.keep_source = True

    def take(layer: object) -> None:
        if layer is None:
            raise SystemExit(widget.status)
        arrange(viewer)
        later(lambda: save(viewer, path))
        later(lambda: later(viewer.close))

    widget.finished.connect(take)
    widget.run()
    napari.run()


def show_train(path: Path, folder: str, steps: int) -> None:
    """Adapt a shipped prior to the clean sample."""
    viewer = napari.Viewer()
    viewer.window.resize(*SIZE)
    (layer,) = viewer.open_sample("napari-flowprior", "clean")
    _, widget = viewer.window.add_plugin_dock_widget(
        "napari-flowprior", "Train a prior"
    )
    widget.layers, widget.place, widget.name = [layer], folder, "photographer"
    widget.minutes, widget.steps = None, steps

    def take(prior: object) -> None:
        if prior is None:
            raise SystemExit(widget.status)
        widget._settings.button.setChecked(False)
        later(lambda: save(viewer, path))
        later(lambda: later(viewer.close))

    widget.finished.connect(take)
    widget.train()
    napari.run()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, nargs="?")
    parser.add_argument("--train", action="store_true")
    parser.add_argument("--steps", type=int, default=TRAINING_STEPS)
    options = parser.parse_args()
    if options.train:
        with tempfile.TemporaryDirectory() as folder:
            path = options.path or PICTURES / "train_widget.png"
            show_train(path, folder, options.steps)
    else:
        show_restore(options.path or PICTURES / "restore_widget.png")


if __name__ == "__main__":
    main()
