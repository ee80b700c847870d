"""Break image files in every way, among whole ones, and restore and train on them.

Of a folder with whole images and a broken one, the whole ones are restored and trained
on. The broken one is named and left out, or, where damage cannot be told from content,
taken as an image. Anything else is printed with the seed that makes it::

    python benchmarks/stress/image_files.py --number 2000 --seed 0 --limit 600
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import tracemalloc
import warnings
from collections import Counter
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from _broken_images import BREAKINGS, WRITERS
from images import small_prior

from napari_flowprior import RestoreOptions
from napari_flowprior._errors import InputError
from napari_flowprior.batch import Job, iter_restore_files
from napari_flowprior.data import read_image
from napari_flowprior.restoration import Noise
from napari_flowprior.training import PatchConfig
from napari_flowprior.training.patches import open_data

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS = 10.0
BYTES = 256 * 2**20
LONGEST = 600
PATCHES = PatchConfig(size=16, colour="grey", cache=2**20)


def sentence(said: str, name: str) -> str:
    """Tell whether a file was refused as it should be."""
    whole = said.endswith(".") and said.isprintable() and name in said
    return "refused" if whole and len(said) < LONGEST else f"says {said!r:.500}"


def read(path: Path) -> str:
    """Read an image, small as it is, in the way of large ones."""
    try:
        array = np.asarray(read_image(path, in_memory=0).array)
    except InputError as error:
        return sentence(str(error), path.name)
    return "read" if array.size else "reads nothing"


def restored(path: Path) -> str:
    """Restore a folder with a broken image between two whole ones."""
    folder = path.parents[1] / "out"
    whole = path.parents[1] / "whole.png"
    WRITERS["grey.png"](whole)
    targets = folder / "a.tif", folder / "m.tif", folder / "z.tif"
    jobs = [Job(*each) for each in zip((whole, path, whole), targets, strict=True)]
    folder.mkdir()
    settings = RestoreOptions(
        prior=small_prior(1), degradation=Noise(sigma=9), device="cpu"
    )
    before, middle, after = iter_restore_files(jobs, settings).result
    if (before.state, after.state) != ("restored", "restored"):
        return f"stops the others: {before.problem} {after.problem}"
    written = sorted(each.name for each in folder.iterdir())
    if middle.state == "restored":
        finite = np.isfinite(np.asarray(read_image(jobs[1].target).array)).all()
        return "restored" if finite else "is restored to values that are not finite"
    if written != ["a.tif", "z.tif"]:
        return f"leaves {written}"
    return sentence(middle.problem, path.name)


def trained(path: Path) -> str:
    """Look at a folder with a broken image, and draw patches of it."""
    try:
        data = open_data([path.parent], config=PATCHES).result
    except InputError as error:
        # What damage has turned into another type cannot be mixed with the others.
        mixed = "different types" in str(error)
        told = sentence(str(error), path.name)
        return told if mixed else f"stops the others: {error}"
    skipped = dict(data.summary.skipped)
    for seed in range(30):
        patch = data.draw(np.random.default_rng(seed))
        if not np.isfinite(patch).all():
            return "gives patches that are not finite"
    if str(path) not in skipped:
        # Links to nothing, folders, and files with names of stores are no images.
        none = path.is_symlink() or path.is_dir() != (path.suffix == ".zarr")
        expected = 2 if none else 3
        unsaid = data.summary.images != expected
        return "is forgotten" if unsaid else ("left out" if none else "trained on")
    return sentence(f"{path.name}: {skipped[str(path)]}", path.name)


USES: tuple[Callable[[Path], str], ...] = (read, restored, trained)
GOOD = ("refused", "read", "restored", "trained on", "left out")


def outcome(use: Callable[[Path], str], path: Path) -> str:
    """Use a broken image; say what came of it."""
    tracemalloc.start()
    start = perf_counter()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = use(path)
    except Exception as error:
        found = f"raises {error!r:.500}"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    seconds = perf_counter() - start
    if found in GOOD and (seconds > SECONDS or peak > BYTES):
        return f"takes {seconds:.1f} s and {peak} bytes"
    return found


def three(folder: Path, name: str) -> Path:
    """Write a folder of three images of a kind; return the one in the middle."""
    (folder / "in").mkdir()
    for each in (f"a{name}", name, f"z{name}"):
        WRITERS[name](folder / "in" / each)
    return folder / "in" / name


def broken(folder: Path, seed: int) -> tuple[str, Path]:
    """Break one of three images; say how, and which."""
    path = three(folder, list(WRITERS)[seed % len(WRITERS)])
    breaking = BREAKINGS[seed // len(WRITERS) % len(BREAKINGS)]
    breaking(path, np.random.default_rng(seed))
    return breaking.__name__, path


def stress(number: int, seed: int, limit: float) -> Counter[str]:
    """Break images, one seed each, until the time is over; count the outcomes."""
    counts: Counter[str] = Counter()
    end = perf_counter() + limit
    for each in range(seed, seed + number):
        with tempfile.TemporaryDirectory() as folder:
            how, path = broken(Path(folder), each)
            for use in USES:
                found = outcome(use, path)
                if found not in GOOD:
                    told = found.replace(folder, "")
                    print(f"seed {each}: {how} {path.name} {told}", flush=True)
                    found = "failed"
                counts[f"{use.__name__}: {found}"] += 1
        if perf_counter() > end:
            break
    return counts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--number", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=float, default=600, help="seconds")
    options = parser.parse_args()
    counts: Any = stress(options.number, options.seed, options.limit)
    for name, number in sorted(counts.items()):
        print(f"{number:6d}  {name}")
    failed = sum(counts[name] for name in counts if name.endswith("failed"))
    print(f"{counts.total():6d}  uses, {failed} failures")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
