"""Work in one viewer for an hour, at all that it can do: nothing may pile up.

Restorations of several kinds of layers with several outputs, previews, diagnoses,
folders, trainings, docks and layers that come and go; each job has a seed of its own,
which decides what is done. Memory, threads, Qt objects, widgets, blocks of memory that
Python has taken and open files are noted after each job, when its layers and messages
are gone, and compared with those after the first ten minutes (less, where there is no
hour)::

    python benchmarks/stress/soak.py --minutes 60 --seed 0

Needs Linux with the C library of GNU, and a screen, which may be that of Xvfb.
"""

from __future__ import annotations

import argparse
import csv
import ctypes
import gc
import os
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from dataclasses import asdict, astuple, dataclass, fields
from pathlib import Path

import napari
import numpy as np
import torch
from _soak_jobs import JOBS, Desk, events
from images import small_prior
from qtpy.QtCore import QCoreApplication, QEvent, QObject
from qtpy.QtWidgets import QApplication
from viewer import memory

from napari_flowprior._errors import FlowPriorError

WARM_UP = 1 / 6
"""Share of the jobs after which things are compared; as many again are the measure."""

GOOD = "done", "refused"


@dataclass(frozen=True)
class Sample:
    """What there is when a job is over."""

    memory: float
    threads: int
    qt_objects: int
    widgets: int
    windows: int
    blocks: int
    files: int


Row = tuple[float, str, Sample]
"""Seconds after the beginning, name of a job, and what there was then."""


def sample(viewer: napari.Viewer) -> Sample:
    """Count what there is, once what is unused is deleted.

    The objects of Python are not counted, as asking for them all breaks those that
    another thread is about to make. What the C library keeps of what was freed, to give
    it out again, is not counted as memory: it depends on the order of things.
    """
    events(0.05)
    gc.collect()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    ctypes.CDLL(None).malloc_trim(0)
    return Sample(
        memory(),
        threading.active_count(),
        len(viewer.window._qt_window.findChildren(QObject)),
        len(QApplication.allWidgets()),
        len(QApplication.topLevelWidgets()),
        sys.getallocatedblocks(),
        len(os.listdir("/proc/self/fd")),
    )


def choose(rng: np.random.Generator) -> str:
    weights = np.array([weight for weight, _ in JOBS.values()])
    return str(rng.choice(list(JOBS), p=weights / weights.sum()))


def do(desk: Desk, name: str, rng: np.random.Generator) -> str:
    """Do a job, and tell how it ended."""
    try:
        JOBS[name][1](desk, rng)
    except FlowPriorError as error:
        print(f"refused: {error}", file=sys.stderr)
        return "refused"
    except Exception:
        traceback.print_exc()
        return "failed"
    finally:
        desk.tidy()
    return "done"


def soak(
    viewer: napari.Viewer,
    folder: Path,
    seed: int,
    *,
    seconds: float,
    number: int = sys.maxsize,
    table: Path | None = None,
) -> tuple[list[Row], Counter[str]]:
    """Do jobs until time is over; return samples, and how many ended in each way."""
    priors = {"grey": folder / "grey.safetensors", "rgb": folder / "rgb.safetensors"}
    for (kind, path), channels in zip(priors.items(), (1, 3), strict=True):
        small_prior(channels).save(path)
        assert kind in path.stem
    desk, found, ends = Desk(viewer, folder, priors), [], Counter()
    begun = time.perf_counter()
    for each in range(seed, seed + number):
        rng = np.random.default_rng(each)
        name = choose(rng)
        end = do(desk, name, rng)
        if end not in GOOD:
            print(f"seed {each}: {name} {end}", file=sys.stderr, flush=True)
        ends[f"{name} {end}"] += 1
        passed = time.perf_counter() - begun
        found.append((passed, name, sample(viewer)))
        if table is not None:
            note(table, each, found[-1])
        if passed > seconds:
            break
    return found, ends


def growth(found: list[Row]) -> dict[str, tuple[float, float]]:
    """Return medians of what there was after the first jobs, and at the end."""
    figures = np.array([astuple(each) for _, _, each in found])
    share = max(1, round(WARM_UP * len(figures)))
    early, late = figures[share : 2 * share], figures[-share:]
    names = [each.name for each in fields(Sample)]
    pairs = np.median(early, axis=0), np.median(late, axis=0)
    return {
        name: (float(a), float(b)) for name, a, b in zip(names, *pairs, strict=True)
    }


def note(path: Path, seed: int, row: Row) -> None:
    """Add a line to a table, at once, as a crash would leave no other trace."""
    passed, name, found = row
    with path.open("a", newline="") as file:
        table = csv.writer(file)
        if not file.tell():
            table.writerow(["seed", "seconds", "job", *asdict(found)])
        table.writerow([seed, f"{passed:.1f}", name, *astuple(found)])


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--number", type=int, default=sys.maxsize, help="of jobs")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--growth", type=float, default=0.05, help="at most, as a share"
    )
    parser.add_argument("--table", type=Path, help="CSV file for all samples")
    return parser.parse_args()


def main() -> int:
    options = parse()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        # Docks open with the settings of the last time, and priors go to a folder of
        # the user: neither is that of whoever runs this.
        folder = Path(name)
        os.environ["XDG_CONFIG_HOME"] = str(folder / "config")
        os.environ["XDG_DATA_HOME"] = str(folder / "data")
        viewer = napari.Viewer()
        found, ends = soak(
            viewer,
            folder,
            options.seed,
            seconds=60 * options.minutes,
            number=options.number,
            table=options.table,
        )
        viewer.close()
    for end, times in sorted(ends.items()):
        print(f"{times:6d}  {end}")
    failed = sum(n for end, n in ends.items() if end.split()[-1] not in GOOD)
    print(
        f"{len(found):6d}  jobs in {found[-1][0] / 60:.1f} minutes, {failed} failures"
    )
    return int(bool(failed)) | report(growth(found), options.growth)


def report(grown: dict[str, tuple[float, float]], most: float) -> int:
    for name, (early, late) in grown.items():
        print(f"{name:>12}  {early:.0f} -> {late:.0f} ({late / early - 1:+.1%})")
    return int(any(late > (1 + most) * early for early, late in grown.values()))


if __name__ == "__main__":
    sys.exit(main())
