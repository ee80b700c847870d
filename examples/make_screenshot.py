"""Make the picture of the README: the Restore widget beside what it has restored.

Needs a screen of 1600 x 1000 pixels with OpenGL, such as that of
``xvfb-run -a -s "-screen 0 1600x1000x24" python examples/make_screenshot.py``.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import napari
from PIL import Image
from qtpy.QtCore import QTimer
from viewer_restore import choose, open_viewer

if TYPE_CHECKING:
    from collections.abc import Callable

PICTURE = Path(__file__).parents[1] / "resources" / "readme" / "restore_widget.png"
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, nargs="?", default=PICTURE)
    path = parser.parse_args().path
    viewer, widget = open_viewer()
    viewer.window.resize(*SIZE)
    choose(viewer, widget)

    def take(layer: object) -> None:
        if layer is None:
            raise SystemExit(widget.status)
        arrange(viewer)
        later(lambda: save(viewer, path))
        later(lambda: later(viewer.close))

    widget.finished.connect(take)
    widget.run()
    napari.run()


if __name__ == "__main__":
    main()
