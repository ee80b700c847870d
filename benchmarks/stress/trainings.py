"""Disturb trainings in every way: what they leave is whole, and can be gone on with.

Of a small training, each case disturbs one that goes on from where the last one was
left: it is killed, the disk is full, its images are gone or hold NaN, or another
training of the same prior is started. After all of them, and a run to the end, figures
and weights must be those of a training that nothing happened to::

    python benchmarks/stress/trainings.py --number 50 --seed 0 --limit 600

Needs a system that can fork.
"""

from __future__ import annotations

import argparse
import csv
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import tifffile
import torch

from napari_flowprior import FlowPrior, TrainJob, iter_train
from napari_flowprior._errors import FlowPriorError
from napari_flowprior.training import TrainOutputs

if TYPE_CHECKING:
    from collections.abc import Callable

RECIPE = """
title = "tiny"
source = "images"
[flow]
channels = 1
levels = 1
steps = 1
hidden = 4
noise_conditional = true
[patches]
size = 16
cache = 0
[train]
steps = {steps}
batch_size = 2
learning_rate = 1e-2
precision = "float32"
validate_every = 3
[[train.losses]]
name = "likelihood"
"""
STEPS = 24
IMAGES = 3


class Place:
    """A folder with images, and a training of a prior in it.

    Parameters
    ----------
    folder : Path
        An empty folder.
    """

    def __init__(self, folder: Path) -> None:
        self.images = folder / "images"
        self.recipe = folder / "tiny.toml"
        self.outputs = TrainOutputs(folder / "mine.safetensors")
        self.recipe.write_text(RECIPE.format(steps=STEPS))
        self.restore()

    def restore(self) -> None:
        """Put all images where they belong."""
        self.images.mkdir(exist_ok=True)
        for number in range(IMAGES):
            blocks = np.random.default_rng(number).random((10, 10))
            image = blocks.repeat(4, 0).repeat(4, 1).astype(np.float32)
            tifffile.imwrite(self.images / f"{number}.tif", image)

    def spoil(self) -> None:
        """Replace all images by NaN at once.

        While only some of them are, patches are drawn from the others instead, as they
        should be, and the training is another one.
        """
        blank, whole = (self.images.with_name(name) for name in ("blank", "whole"))
        blank.mkdir()
        for path in self.images.iterdir():
            tifffile.imwrite(blank / path.name, np.full((40, 40), np.nan, np.float32))
        self.images.rename(whole)
        blank.rename(self.images)
        shutil.rmtree(whole)

    @property
    def job(self) -> TrainJob:
        """The training, from its checkpoint on if there is one."""
        begun = self.outputs.checkpoint.exists()
        return TrainJob(
            out=self.outputs.prior,
            recipe=self.recipe,
            data=(self.images,),
            device="cpu",
            insist=True,
            resume=begun,
            overwrite=not begun,
        )

    def figures(self) -> list[tuple[str, ...]]:
        """Return the table of figures without the times."""
        with self.outputs.metrics.open(newline="") as file:
            return [(row[0], *row[2:]) for row in csv.reader(file)]

    def result(self) -> Any:
        """Return all that a training is to give."""
        weights = FlowPrior.load(self.outputs.prior).flow.state_dict()
        return self.figures(), {n: t.tolist() for n, t in weights.items()}


def told(work: Callable[[], object]) -> str:
    """Do something; say whether it ended, was refused in a sentence, or failed."""
    try:
        work()
    except FlowPriorError as error:
        return "refused" if str(error).endswith(".") else f"says {error}"
    except BaseException:
        return f"raises {traceback.format_exc()}"
    return "finished"


class Child:
    """A process that does something, and tells how it ended."""

    def __init__(self, work: Callable[[], object]) -> None:
        reading, writing = os.pipe()
        self.number = os.fork()
        if not self.number:
            os.close(reading)
            os.write(writing, told(work).encode()[:4000])
            os._exit(0)
        os.close(writing)
        self._reading = reading

    def end(self) -> str:
        """Wait for the end; return what was told, or that it was killed."""
        with os.fdopen(self._reading) as pipe:
            said = pipe.read()
        os.waitpid(self.number, 0)
        return said or "killed"


def train(job: TrainJob, step: int = -1, act: Callable[[], object] = print) -> None:
    """Train to the end; do something after a step."""
    for event in iter_train(job):
        if event.step is not None and event.step.step == step:
            act()


def killed(place: Place, rng: np.random.Generator) -> str:
    child = Child(lambda: train(place.job))
    time.sleep(rng.uniform(0, 0.3))
    os.kill(child.number, signal.SIGKILL)
    return child.end()


def full_disk(place: Place, rng: np.random.Generator) -> str:
    """Let no file grow beyond a random length."""
    longest = int(rng.integers(1, 20_000))

    def work() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (longest, longest))
        train(place.job)

    return Child(work).end()


def next_step(place: Place, rng: np.random.Generator) -> int:
    rows = place.figures() if place.outputs.metrics.exists() else []
    return len(rows) + int(rng.integers(4))


def images_gone(place: Place, rng: np.random.Generator) -> str:
    def remove() -> None:
        shutil.rmtree(place.images)

    step = next_step(place, rng)
    found = Child(lambda: train(place.job, step, remove)).end()
    place.restore()
    return found


def images_of_nan(place: Place, rng: np.random.Generator) -> str:
    step = next_step(place, rng)
    found = Child(lambda: train(place.job, step, place.spoil)).end()
    place.restore()
    return found


def two_at_once(place: Place, rng: np.random.Generator) -> str:
    """Start another training of the same prior, which must be refused."""
    ways = {"resume": place.job.resume, "overwrite": not place.job.resume}
    found = []

    def second() -> None:
        other = TrainJob(**{**vars(place.job), **ways})
        found.append(told(lambda: train(other)))
        raise KeyboardInterrupt

    step = next_step(place, rng)

    def work() -> None:
        try:
            train(place.job, step, second)
        except KeyboardInterrupt:
            if found != ["refused"]:
                raise AssertionError(found) from None

    return Child(work).end()


CASES = (killed, killed, killed, full_disk, images_gone, images_of_nan, two_at_once)


def sound(place: Place) -> str:
    """Say what is wrong with what a training has left."""
    if place.outputs.prior.exists():
        found = told(lambda: FlowPrior.load(place.outputs.prior))
        if found != "finished":
            return f"leaves a prior that {found}"
    return ""


def disturbed(place: Place, seed: int) -> str:
    """Disturb a training; begin anew if it had come to its end."""
    if place.outputs.metrics.exists() and len(place.figures()) > STEPS:
        place.outputs.checkpoint.unlink(missing_ok=True)
    found = CASES[seed % len(CASES)](place, np.random.default_rng(seed))
    good = found in ("finished", "killed", "refused")
    return (sound(place) or found) if good else found


def stress(folder: Path, number: int, seed: int, limit: float) -> Counter[str]:
    """Disturb a training, one seed each, until the time is over."""
    places = []
    for name in ("disturbed", "undisturbed"):
        (folder / name).mkdir()
        places.append(Place(folder / name))
    place, undisturbed = places
    Child(lambda: train(undisturbed.job)).end()
    counts: Counter[str] = Counter()
    end = time.perf_counter() + limit
    for each in range(seed, seed + number):
        found = disturbed(place, each)
        counts[f"{CASES[each % len(CASES)].__name__}: {found}"] += 1
        if time.perf_counter() > end:
            break
    last = Child(lambda: train(place.job)).end()
    counts[f"to the end: {ended(last, place, undisturbed)}"] += 1
    left = [path.name for path in (folder / "disturbed").glob(".*")]
    counts["to the end: " + (f"leaves {left}" if left else "nothing left")] += 1
    return counts


def ended(last: str, place: Place, undisturbed: Place) -> str:
    """Compare the result of a training with that of one that nothing happened to."""
    if last != "finished":
        return last
    pairs = zip(place.result(), undisturbed.result(), strict=True)
    figures, weights = (one == other for one, other in pairs)
    if figures and weights:
        return "same result"
    return f"same figures {figures}, same weights {weights}"


def failures(counts: Counter[str]) -> list[str]:
    good = ("finished", "killed", "refused", "same result", "nothing left")
    return [name for name in counts if name.partition(": ")[2] not in good]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--number", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=float, default=600, help="seconds")
    options = parser.parse_args()
    # Threads do not survive a fork.
    torch.set_num_threads(1)
    # The first optimiser imports much, which all children then have.
    torch.optim.Adam([torch.zeros(1, requires_grad=True)])
    with tempfile.TemporaryDirectory() as folder:
        counts = stress(Path(folder), options.number, options.seed, options.limit)
    for name, number in sorted(counts.items()):
        print(f"{number:6d}  {name}")
    print(f"{counts.total():6d}  cases, {len(failures(counts))} failures")
    return int(bool(failures(counts)))


if __name__ == "__main__":
    sys.exit(main())
