"""Time for how long the viewer does not answer while an image is restored.

A timer of 5 ms beats in a viewer with a window, and the longest time between two beats
is what a user may feel. It is measured while 2048x2048 pixels are restored and the
result is added, and while napari adds the same result by itself: what a restoration
costs beyond that is ours. So is what opening a dock takes longer than an empty one, by
the clock and, as other programs may be at work, by what the window itself computes.
Where there is no screen, run it in a virtual one::

    xvfb-run -a -s "-screen 0 1600x1000x24" python benchmarks/responsiveness.py
"""

from __future__ import annotations

import argparse
import os
import tempfile
from time import perf_counter, thread_time
from typing import TYPE_CHECKING, Any

import napari
import numpy as np
import torch
from qtpy.QtCore import QEventLoop, QTimer
from qtpy.QtWidgets import QApplication, QWidget
from skimage import data
from skimage.transform import resize

if TYPE_CHECKING:
    from collections.abc import Callable

DOCKS = "Restore", "Restore folder", "Train a prior", "Priors"
OUTPUTS = "estimate", "uncertainty", "interval", "log-likelihood"
BEAT = 5  # milliseconds
QUIET = 0.5  # seconds before and after
FEW = {"samples": 2, "steps": 2}


class Beats:
    """Notes when the event loop has time for a timer."""

    def __init__(self) -> None:
        self._times: list[float] = []
        self._timer = QTimer()
        self._timer.timeout.connect(self._note)

    def _note(self) -> None:
        self._times.append(perf_counter())

    def during(self, begin: Callable[[], Any]) -> float:
        """Return the longest gap in seconds while something runs to its end.

        Parameters
        ----------
        begin : callable
            Begins it; returns a signal of its end, or None if that is it.
        """
        self._times.clear()
        self._timer.start(BEAT)
        wait(QUIET)
        loop = QEventLoop()
        end = begin()
        if end is not None:
            end.connect(loop.quit)
            loop.exec()
            end.disconnect(loop.quit)
        wait(QUIET)
        self._timer.stop()
        return float(max(np.diff(self._times)))


def wait(seconds: float) -> None:
    loop = QEventLoop()
    QTimer.singleShot(int(1000 * seconds), loop.quit)
    loop.exec()


def noisy(side: int) -> np.ndarray:
    clean = resize(data.camera() / 255, (side, side)) * 50_000
    noise = np.random.default_rng(0).normal(0, 5000, clean.shape)
    return (clean + noise).clip(0, 65535).astype(np.uint16)


def restorations(
    viewer: napari.Viewer, beats: Beats, side: int, prior: str, outputs: list[str]
) -> None:
    _, widget = viewer.window.add_plugin_dock_widget("napari-flowprior", "Restore")
    source = viewer.add_image(noisy(side), name="noisy")
    widget.set(prior=prior, degradation="noise")
    print("| output | restoration | `add_image` | beyond it |")
    print("|---|---|---|---|")
    for output in outputs:
        widget.set(layer=source, output=output)
        widget.degradation_options = {"sigma": 5000}
        if output in ("uncertainty", "interval"):
            widget.estimator_options = FEW
        ours = beats.during(lambda: (widget.run(), widget.finished)[1])
        made = [layer for layer in viewer.layers if layer is not source]
        arrays = [(layer.data, layer.visible) for layer in made]
        napari_alone = beats.during(lambda arrays=arrays: add(viewer, arrays))
        for layer in [layer for layer in viewer.layers if layer is not source]:
            viewer.layers.remove(layer)
        figures = ours, napari_alone, max(0.0, ours - napari_alone)
        print(f"| {output} | " + " | ".join(f"{s:.3f} s" for s in figures) + " |")


def add(viewer: napari.Viewer, arrays: list[tuple[Any, bool]]) -> None:
    for array, visible in arrays:
        viewer.add_image(array.copy(), visible=visible)


def docks(viewer: napari.Viewer, repeat: int) -> None:
    def empty() -> Any:
        return viewer.window.add_dock_widget(QWidget(), name="empty")

    print("| dock | beyond an empty one | of the processor |")
    print("|---|---|---|")
    for name in DOCKS:
        pairs = [
            (
                blocked(viewer, lambda name=name: dock(viewer, name)),
                blocked(viewer, empty),
            )
            for _ in range(repeat)
        ]
        more = np.median([np.subtract(*pair) for pair in pairs], axis=0)
        print(f"| {name} | " + " | ".join(f"{s:.3f} s" for s in more) + " |")


def dock(viewer: napari.Viewer, name: str) -> Any:
    return viewer.window.add_plugin_dock_widget("napari-flowprior", name)[0]


def blocked(viewer: napari.Viewer, open_dock: Callable[[], Any]) -> tuple[float, float]:
    """Return for how long opening a dock blocks, and how much of it is its own."""
    QApplication.processEvents()
    began, own = perf_counter(), thread_time()
    opened = open_dock()
    QApplication.processEvents()
    spent = perf_counter() - began, thread_time() - own
    viewer.window.remove_dock_widget(opened)
    wait(0.05)
    return spent


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--side", type=int, default=2048)
    parser.add_argument("--prior", default="photo-gray")
    parser.add_argument("--outputs", nargs="+", choices=OUTPUTS, default=["estimate"])
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as settings:
        # Docks open with the settings of the last time, which others shall not change.
        os.environ["XDG_CONFIG_HOME"] = settings
        viewer = napari.Viewer()
        docks(viewer, options.repeat)
        print()
        restorations(viewer, Beats(), options.side, options.prior, options.outputs)
        viewer.close()


if __name__ == "__main__":
    main()
