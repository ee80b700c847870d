"""The most memory that restoring an OME-Zarr image of 16 bits into another one takes.

Each restoration is a process of its own, of the command line, under a flow with random
weights that is made for the purpose, as a shipped one would take hours. Nothing is said
of what came before: the largest resident set is of the whole process, Python and
PyTorch among it. Prints a Markdown table::

    python benchmarks/memory.py --sides 2048 16384 --memory 0.5
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import NamedTuple

import numpy as np
import torch
import zarr

from napari_flowprior import FlowPrior
from napari_flowprior.flow import FlowConfig, MultiscaleFlow
from napari_flowprior.priors import PriorInfo

SIGMA = 300.0
CHUNK = 512
_MIB = 2**20


class Taken(NamedTuple):
    """Memory in MiB, and time in seconds."""

    memory: float
    seconds: float


def small_prior(path: Path) -> None:
    config = FlowConfig(channels=1, levels=1, steps=1, hidden=4, noise_conditional=True)
    torch.manual_seed(0)
    FlowPrior(MultiscaleFlow(config), PriorInfo(name="small", sigma_max=0.5)).save(path)


def write_image(path: Path, side: int) -> None:
    """Write noise about a slope, a chunk at a time."""
    group = zarr.open_group(path, mode="w", zarr_format=2)
    chunks = min(CHUNK, side), min(CHUNK, side)
    image = group.create_array("0", shape=(side, side), chunks=chunks, dtype=np.uint16)
    axes = [{"name": name, "type": "space"} for name in "yx"]
    scale = [{"type": "scale", "scale": [1.0, 1.0]}]
    datasets = [{"path": "0", "coordinateTransformations": scale}]
    group.attrs["multiscales"] = [
        {"version": "0.4", "axes": axes, "datasets": datasets}
    ]
    rng = np.random.default_rng(0)
    for top in range(0, side, CHUNK):
        slope = np.linspace(10_000, 50_000, side)
        rows = min(CHUNK, side - top)
        noisy = slope + rng.normal(0, SIGMA, (rows, side))
        image[top : top + rows] = noisy.round().astype(np.uint16)


def measured(command: list[str]) -> Taken:
    """Run a command, and return what it took."""
    begun = perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    # In KiB on Linux, in bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    return Taken(usage.ru_maxrss * unit / _MIB, perf_counter() - begun)


def restoration(folder: Path, estimator: str, memory: float) -> list[str]:
    command = [sys.executable, "-m", "napari_flowprior", "restore"]
    command += [str(folder / "in.ome.zarr"), str(folder / f"{estimator}.ome.zarr")]
    command += ["--prior", str(folder / "small.safetensors"), "--sigma", str(SIGMA)]
    command += ["--estimator", estimator, "--memory", str(memory), "--quiet"]
    return command + (["--steps", "2"] if estimator == "hqs" else [])


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sides", type=int, nargs="+", default=[2048, 16384])
    parser.add_argument("--estimators", nargs="+", default=["mmse", "hqs"])
    parser.add_argument("--memory", type=float, default=0.5, help="of planes, GiB")
    parser.add_argument("--folder", type=Path, help="for the images; a temporary one")
    return parser.parse_args()


def main() -> None:
    options = parse()
    print("| side | estimator | memory, MiB | beyond the first | seconds |")
    print("|---|---|---|---|---|")
    first: dict[str, float] = {}
    for side in options.sides:
        with TemporaryDirectory(dir=options.folder) as name:
            folder = Path(name)
            small_prior(folder / "small.safetensors")
            write_image(folder / "in.ome.zarr", side)
            for estimator in options.estimators:
                taken = measured(restoration(folder, estimator, options.memory))
                beyond = taken.memory - first.setdefault(estimator, taken.memory)
                print(
                    f"| {side} | {estimator} | {taken.memory:.0f} | {beyond:.0f} | "
                    f"{taken.seconds:.0f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
