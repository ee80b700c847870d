"""Start and cancel restorations in one viewer, again and again: nothing may pile up.

Each has a seed of its own, which decides what is restored and when it is cancelled;
what comes to its end before that is removed. Memory and threads are compared with those
after the first twenty::

    python benchmarks/stress/viewer.py --number 200 --seed 0 --limit 900

Needs a screen, which may be that of Xvfb.
"""

from __future__ import annotations

import argparse
import gc
import sys
import threading
import time
from pathlib import Path
from typing import Any

import napari
import numpy as np
import torch
from qtpy.QtCore import QEventLoop, QTimer
from skimage import data

from napari_flowprior._widgets import RestoreWidget

WARM_UP = 20
MOST_GROWTH = 0.05
LONGEST = 0.6
TASKS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("noise", {"sigma": 25}),
    ("auto", {}),
    ("blur", {"gaussian": 1.2, "sigma": 25}),
    ("poisson-gaussian", {}),
)


def noisy() -> np.ndarray:
    clean = data.camera()[:384, :384]
    noise = np.random.default_rng(0).normal(0, 25, clean.shape)
    return np.clip(clean + noise, 0, 255).astype(np.uint8)


def memory() -> float:
    """Return how much main memory the process has, in MiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (line,) = (line for line in lines if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


def events(seconds: float) -> None:
    """Let the viewer live for a while."""
    loop = QEventLoop()
    QTimer.singleShot(round(1000 * seconds), loop.quit)
    loop.exec()


def cycle(viewer: napari.Viewer, widget: RestoreWidget, seed: int, most: float) -> bool:
    """Start a restoration and cancel it soon; tell whether it was done before."""
    rng = np.random.default_rng(seed)
    widget.degradation, options = TASKS[int(rng.integers(len(TASKS)))]
    if options:
        widget.degradation_options = options
    pending = widget.run()
    events(rng.uniform(0, most))
    widget.cancel()
    layer = pending.wait(timeout=60)
    if layer is not None:
        viewer.layers.remove(layer)
    return layer is not None


def stress(
    viewer: napari.Viewer,
    number: int,
    seed: int,
    *,
    limit: float = 900,
    most: float = LONGEST,
) -> list[tuple[float, int]]:
    """Return memory and threads after each cycle."""
    viewer.add_image(noisy(), name="noisy")
    widget = RestoreWidget(viewer)
    viewer.window.add_dock_widget(widget)
    widget.prior = "photo-gray"
    found, ended = [], 0
    end = time.perf_counter() + limit
    for each in range(seed, seed + number):
        ended += cycle(viewer, widget, each, most)
        events(0.05)
        gc.collect()
        found.append((memory(), threading.active_count()))
        if time.perf_counter() > end:
            break
    print(f"{len(found)} cycles, {ended} of them done before they were cancelled")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--number", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=float, default=900, help="seconds")
    options = parser.parse_args()
    torch.set_num_threads(1)
    viewer = napari.Viewer(show=False)
    found = stress(viewer, options.number, options.seed, limit=options.limit)
    viewer.close()
    first, last = (
        np.median(part, axis=0) for part in (_early(found), found[-WARM_UP:])
    )
    growth = last[0] / first[0] - 1
    print(f"memory {first[0]:.0f} -> {last[0]:.0f} MiB ({growth:+.1%})")
    print(f"threads {first[1]:.0f} -> {last[1]:.0f}")
    return int(growth > MOST_GROWTH or last[1] > first[1])


def _early(found: list[tuple[float, int]]) -> list[tuple[float, int]]:
    """Return the cycles after the first ones, as many again."""
    return found[WARM_UP : 2 * WARM_UP] or found


if __name__ == "__main__":
    sys.exit(main())
