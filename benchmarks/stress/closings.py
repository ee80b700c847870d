"""Close napari at random moments while it restores, trains, previews or opens docks.

Each case is a process of its own with a viewer. It must end by itself soon after its
window is closed, with a status of 0, and say nothing of errors; what was written into
folders must be whole::

    python benchmarks/stress/closings.py --number 20 --seed 0

Needs a screen, which may be that of Xvfb.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import napari
import numpy as np
import tifffile
import torch
from _soak_jobs import DOCKS, Desk
from images import small_prior
from qtpy.QtCore import QTimer
from superqt.utils import WorkerBase

from napari_flowprior import FlowPrior
from napari_flowprior._errors import FlowPriorError

if TYPE_CHECKING:
    from collections.abc import Callable

LATEST = 1.5
"""Seconds after the beginning of a job in which the window is closed."""

SOON = 30.0
"""Seconds in which the process must be over then, where others are at work."""

HOMES = "CONFIG", "DATA"
WRONG = "Traceback", "QThread", "Fatal", "RuntimeError", "deleted", "Segmentation"


def restore(desk: Desk, rng: np.random.Generator) -> None:
    desk.setup(rng)
    desk.restore.run()


def several(desk: Desk, rng: np.random.Generator) -> None:
    desk.setup(rng)
    desk.viewer.layers.selection = set(desk.layers[:3])
    desk.restore.run_all()


def preview(desk: Desk, rng: np.random.Generator) -> None:
    desk.setup(rng)
    desk.restore.preview.start()


def diagnose(desk: Desk, rng: np.random.Generator) -> None:
    desk.setup(rng)
    desk.restore.diagnose()


def folder(desk: Desk, rng: np.random.Generator) -> None:
    dock = desk.open_folder()
    dock.form.fields["estimator"].value = "map"
    dock.form.estimator_options = {"steps": int(rng.integers(1, 200))}
    dock.run()


def train(desk: Desk, rng: np.random.Generator) -> None:
    desk.open_training(steps=100_000).train()


def docks(desk: Desk, rng: np.random.Generator) -> None:
    for name in rng.permutation(DOCKS):
        desk.open(str(name))


WORK: dict[str, Callable[[Desk, np.random.Generator], None]] = {
    each.__name__: each
    for each in (restore, several, preview, diagnose, folder, train, docks)
}


def live(path: Path, seed: int) -> None:
    """Open a viewer, begin something, and close it; tell what was at work, and when."""
    torch.set_num_threads(1)
    rng = np.random.default_rng(seed)
    priors = {"grey": path / "grey.safetensors", "rgb": path / "rgb.safetensors"}
    small_prior(1).save(priors["grey"])
    small_prior(3).save(priors["rgb"])
    desk = Desk(napari.Viewer(), path, priors)
    name = list(WORK)[seed % len(WORK)]

    def close() -> None:
        work = "at work" if WorkerBase._worker_set else "idle"
        print(f"{name} {work}", flush=True)
        print(time.time(), flush=True)
        if rng.random() < 0.5:
            desk.viewer.close()
        else:
            desk.viewer.window._qt_window.close(quit_app=True)

    def begin() -> None:
        try:
            WORK[name](desk, rng)
        except FlowPriorError as error:
            print(error, file=sys.stderr)
        QTimer.singleShot(round(1000 * rng.uniform(0, LATEST)), close)

    QTimer.singleShot(0, begin)
    napari.run()


def whole(path: Path) -> bool:
    """Tell whether all that was written into folders can be read."""
    for prior in path.rglob("data/**/*.safetensors"):
        if not prior.stem.endswith(".checkpoint"):
            FlowPrior.load(prior)
    for image in path.glob("results/*.tif"):
        tifffile.imread(image)
    left = [each for each in path.rglob("*") if each.suffix in (".tmp", ".partial")]
    return not left


def closed(seed: int) -> str:
    """Run a case in a process of its own; tell how it ended."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        # Neither settings nor priors are those of whoever runs this.
        homes = {f"XDG_{what}_HOME": str(path / what.lower()) for what in HOMES}
        command = [sys.executable, __file__, "--live", name, "--seed", str(seed)]
        ran = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
            env={**os.environ, **homes},
        )
        now = time.time()
        # napari prints errors to where others print what they have to say.
        said = ran.stderr + ran.stdout
        if ran.returncode or any(word in said for word in WRONG):
            return f"status {ran.returncode}: {said[-3000:]}"
        what, moment = ran.stdout.splitlines()[-2:]
        if now - float(moment) > SOON:
            return f"{what}: it took {now - float(moment):.1f} s to end"
        return f"closed, {what}" if whole(path) else f"{what}: left {os.listdir(path)}"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--number", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--live", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.live is not None:
        live(options.live, options.seed)
        return 0
    counts: Counter[str] = Counter()
    for seed in range(options.seed, options.seed + options.number):
        end = closed(seed)
        counts[end] += 1
        if not end.startswith("closed"):
            print(f"seed {seed}: {end}", file=sys.stderr, flush=True)
    for end, times in sorted(counts.items()):
        print(f"{times:6d}  {end.splitlines()[0]}")
    failed = sum(n for end, n in counts.items() if not end.startswith("closed"))
    print(f"{counts.total():6d}  cases, {failed} failures")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
