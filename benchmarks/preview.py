"""Time how soon a preview shows its first picture, its last, and how the window fares.

The settings change while a preview of 256x256 pixels is shown, as they do under the
hands of a user. Prints seconds from the change on, and the longest time for which the
event loop did nothing else::

    python benchmarks/preview.py --threads 2 --repeat 3
"""

from __future__ import annotations

import argparse
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from napari.components import ViewerModel
from qtpy.QtCore import QEventLoop, QTimer
from qtpy.QtWidgets import QApplication
from skimage import data

from napari_flowprior._widgets import RestoreWidget

if TYPE_CHECKING:
    from collections.abc import Callable

SIDE = 256
TASKS: dict[str, dict[str, Any]] = {
    "noise, level known": {"degradation": "noise", "options": {"sigma": 25}},
    "noise, estimated": {"degradation": "noise", "options": {"sigma": None}},
    "automatic": {"degradation": "auto", "options": {}},
    "Poisson-Gaussian noise": {"degradation": "poisson-gaussian", "options": {}},
    "Gaussian blur": {
        "degradation": "blur",
        "options": {"gaussian": 1.2, "sigma": 25},
    },
}


def noisy() -> np.ndarray:
    clean = data.camera()[100 : 100 + SIDE, 100 : 100 + SIDE]
    noise = np.random.default_rng(0).normal(0, 25, clean.shape)
    return np.clip(clean + noise, 0, 255).astype(np.uint8)


def timed(widget: RestoreWidget, change: Callable[[], None]) -> tuple[float, ...]:
    """Change a setting; return seconds to the first and last picture, and a gap."""
    shown: list[float] = []
    beats: list[float] = []
    loop, timer = QEventLoop(), QTimer()
    timer.timeout.connect(lambda: beats.append(perf_counter()))
    widget.preview.shown.connect(lambda picture: shown.append(perf_counter()))
    widget.preview.settled.connect(loop.quit)
    timer.start(5)
    began = perf_counter()
    change()
    loop.exec()
    timer.stop()
    widget.preview.shown.disconnect()
    widget.preview.settled.disconnect()
    return shown[0] - began, shown[-1] - began, float(max(np.diff(beats)))


def measure(widget: RestoreWidget, task: dict[str, Any], repeat: int) -> list[float]:
    widget.degradation = task["degradation"]
    if task["options"]:
        widget.degradation_options = task["options"]
    widget.preview.start()
    # The first one loads the prior, and any tile that is smaller is another preview.
    overlaps = [32 + 2 * (number % 2) for number in range(repeat + 1)]
    runs = [timed(widget, lambda o=o: setattr(widget, "overlap", o)) for o in overlaps]
    widget.preview.stop()
    return [median(column) for column in zip(*runs[1:], strict=True)]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    application = QApplication([])
    viewer = ViewerModel()
    viewer.add_image(noisy(), name="noisy")
    widget = RestoreWidget(viewer)
    widget.prior = "photo-gray"
    print("| settings | first picture | last picture | longest gap |")
    print("|---|---|---|---|")
    for name, task in TASKS.items():
        seconds = measure(widget, task, options.repeat)
        print(f"| {name} | " + " | ".join(f"{s:.2f} s" for s in seconds) + " |")
    widget.close()
    application.processEvents()


if __name__ == "__main__":
    main()
