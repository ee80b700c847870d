"""Damage a prior file in every way: each is refused in a sentence, or is sound.

Every mutation has a seed of its own, so that one of them can be repeated alone. It
fails if a file makes any other error, takes long or much memory, gives a prior with
values that are not finite or, where bits were turned, any other than the whole one, or
if something that was in a file is run::

    python benchmarks/stress/prior_files.py --number 10000 --seed 0 --limit 600
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import tracemalloc
from collections import Counter
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
from _mutations import MARKER, MUTATIONS, TURNED

from napari_flowprior import FlowPrior
from napari_flowprior._errors import FlowPriorError
from napari_flowprior.flow import FlowConfig, MultiscaleFlow
from napari_flowprior.priors import PriorInfo

SECONDS = 2.0
BYTES = 32 * 2**20
LONGEST = 400


def small_file(path: Path, seed: int = 0) -> bytes:
    """Write a prior of a few kilobytes, of which every weight is random."""
    torch.manual_seed(seed)
    flow = MultiscaleFlow(
        FlowConfig(channels=1, levels=1, steps=1, hidden=4, blocks=1, embedding=4)
    )
    with torch.no_grad():
        for parameter in flow.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    info = PriorInfo(name="small", training={"losses": [1.5, 0.5]}, sources=("a", "b"))
    FlowPrior(flow, info).save(path)
    return path.read_bytes()


def outcome(path: Path, whole: FlowPrior | None = None) -> str:
    """Load a file; say whether it was loaded, or refused, or what else was wrong.

    What is loaded must be the same as `whole`, if that is given.
    """
    try:
        prior = FlowPrior.load(path)
    except FlowPriorError as error:
        sentence = str(error)
        whole = sentence.endswith(".") and sentence.isprintable()
        short = len(sentence) < len(str(path)) + LONGEST
        return "refused" if whole and short else f"says {sentence!r:.500}"
    except Exception as error:
        return f"raises {error!r:.500}"
    weights = prior.flow.state_dict()
    if not all(t.isfinite().all() for t in weights.values()):
        return "loads values that are not finite"
    return "loaded" if whole is None or same(prior, whole) else "loads another prior"


def same(prior: FlowPrior, other: FlowPrior) -> bool:
    known = other.flow.state_dict()
    weights = prior.flow.state_dict().items()
    equal = all(torch.equal(tensor, known[name]) for name, tensor in weights)
    return equal and prior.info == other.info and prior.flow.config == other.flow.config


def measured(path: Path, whole: FlowPrior | None) -> tuple[str, float, int]:
    """Load a file; return the outcome, the seconds and the memory that it took."""
    tracemalloc.reset_peak()
    before, start = tracemalloc.get_traced_memory()[0], perf_counter()
    found = outcome(path, whole)
    seconds = perf_counter() - start
    return found, seconds, tracemalloc.get_traced_memory()[1] - before


def stress(folder: Path, number: int, seed: int, limit: float = 1e9) -> Counter[str]:
    """Load mutations of a small prior, one seed each, until the time is over.

    Returns how many there were of each outcome, by the kind of mutation; the failures
    are all outcomes but ``loaded`` and ``refused``.
    """
    content, path = small_file(folder / "whole.safetensors"), folder / "a.safetensors"
    # torch imports much of itself when a flow is first built.
    whole = FlowPrior.load(folder / "whole.safetensors")
    counts: Counter[str] = Counter()
    end = perf_counter() + limit
    tracemalloc.start()
    for each in range(seed, seed + number):
        mutation = MUTATIONS[each % len(MUTATIONS)]
        path.write_bytes(mutation(content, np.random.default_rng(each)))
        found = judged(path, each, whole if mutation in TURNED else None)
        counts[f"{mutation.__name__}: {found}"] += 1
        if perf_counter() > end:
            break
    tracemalloc.stop()
    return counts


def judged(path: Path, seed: int, whole: FlowPrior | None) -> str:
    found, seconds, memory = measured(path, whole)
    if found not in ("loaded", "refused"):
        return f"seed {seed} {found}"
    if Path(MARKER).exists():
        return f"seed {seed} was run"
    if seconds > SECONDS or memory > BYTES:
        return f"seed {seed} takes {seconds:.1f} s and {memory} bytes"
    return found


def failures(counts: Counter[str]) -> list[str]:
    return [name for name in counts if not name.endswith((": loaded", ": refused"))]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--number", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=float, default=600, help="seconds")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        # What a pickle would make lies there.
        os.chdir(folder)
        counts = stress(Path(folder), options.number, options.seed, options.limit)
        os.chdir("/")
    for name, number in sorted(counts.items()):
        print(f"{number:6d}  {name}")
    print(f"{counts.total():6d}  files, {len(failures(counts))} failures")
    return int(bool(failures(counts)))


if __name__ == "__main__":
    sys.exit(main())
