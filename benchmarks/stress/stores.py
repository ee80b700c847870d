"""Kill restorations into OME-Zarr at random moments, and go on with them.

The store in the end must be, byte by byte, that of a restoration that nothing happened
to, but for the time that it took::

    python benchmarks/stress/stores.py --number 50 --seed 0 --limit 600

Needs a system that can fork.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from images import small_prior
from trainings import Child

from napari_flowprior import RestoreOptions
from napari_flowprior.batch import Job, iter_restore_file
from napari_flowprior.data import write_image
from napari_flowprior.restoration import HQS, Noise

SHAPE = 2, 4, 110, 130
# A run that is killed after its last step leaves a store that is whole.
GOOD = "killed", "killed, the same", "finished, the same"


def settings(planes: bool) -> RestoreOptions:
    return RestoreOptions(
        prior=small_prior(1),
        degradation=Noise(sigma=9),
        estimator=HQS(steps=2) if planes else "auto",
        device="cpu",
        tile=64,
        overlap=16,
    )


def content(store: Path) -> dict[str, bytes | str]:
    """Return all that is in a store, but for the time that it took."""
    found: dict[str, bytes | str] = {}
    for path in store.rglob("*"):
        if path.is_file():
            found[path.relative_to(store).as_posix()] = path.read_bytes()
    said = json.loads(found["zarr.json"])
    said["attributes"]["flowprior"].pop("seconds")
    said["attributes"]["ome"]["multiscales"][0].pop("name")
    found["zarr.json"] = json.dumps(said)
    return found


def different(one: dict[str, bytes | str], other: dict[str, bytes | str]) -> list[str]:
    names = sorted({*one, *other})
    return [name for name in names if one.get(name) != other.get(name)]


def restored(source: Path, target: Path, planes: bool) -> None:
    _ = iter_restore_file(Job(source, target), settings(planes)).result


def killed(source: Path, target: Path, planes: bool, seconds: float) -> str:
    child = Child(lambda: restored(source, target, planes))
    time.sleep(seconds)
    os.kill(child.number, signal.SIGKILL)
    return child.end()


def stress(folder: Path, number: int, seed: int, limit: float) -> Counter[str]:
    """Kill restorations, one seed each, until the time is over; count the ends."""
    counts: Counter[str] = Counter()
    source, target = folder / "in.ome.zarr", folder / "out.ome.zarr"
    image = np.random.default_rng(0).normal(100, 30, SHAPE).clip(0, 255)
    write_image(source, image.astype(np.uint8), "CZYX")
    whole, took = [], []
    for planes in (False, True):
        path, start = folder / f"whole{planes}.ome.zarr", time.perf_counter()
        Child(lambda path=path, planes=planes: restored(source, path, planes)).end()
        took.append(time.perf_counter() - start)
        whole.append(content(path))
    end = time.perf_counter() + limit
    for each in range(seed, seed + number):
        rng, planes = np.random.default_rng(each), each // 20 % 2 == 1
        found = killed(source, target, planes, rng.uniform(0, took[planes]))
        if target.exists():
            # It may be killed between its last step and its end.
            other = different(content(target), whole[planes])
            found += f", another {other}" if other else ", the same"
            shutil.rmtree(target)
        counts[found] += 1
        if time.perf_counter() > end:
            break
    return counts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--number", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=float, default=600, help="seconds")
    options = parser.parse_args()
    # Threads do not survive a fork.
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        counts = stress(Path(folder), options.number, options.seed, options.limit)
    for name, times in sorted(counts.items()):
        print(f"{times:6d}  {name}")
    failed = sum(n for name, n in counts.items() if name not in GOOD)
    print(f"{counts.total():6d}  cases, {failed} failures")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
