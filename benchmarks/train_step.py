"""Time a training step against the same network built from ``normflows`` layers.

A step is the mean log-likelihood of a batch, its gradient, and Adam. All contestants
take turns, so that whatever else the machine does meets them alike::

    pip install normflows
    python benchmarks/train_step.py --threads 1 --repeat 9
    python benchmarks/train_step.py --threads 1 --clock cpu   # on a busy machine

Ours runs in float32 and with its networks in bfloat16, which is what training takes by
itself where the processor computes with it. ``normflows`` runs in float32 and, though
its invertible layers are not meant for it, under torch's autocast to bfloat16. The last
rows are the convolutions of the step alone, one by one without the rest: what a
step cannot beat with the convolutions of torch.

Printed are the median time, how often faster than ``normflows`` in float32 (median of
the ratios of each turn), and multiply-adds per second; beforehand the numbers of
parameters and multiply-adds, which must agree. The docstring of ``_normflows.py``
lists what differs.
"""

from __future__ import annotations

import argparse
import warnings
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from statistics import median
from time import perf_counter, process_time
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode
from tqdm import tqdm

from napari_flowprior.flow import PRESETS, FlowConfig, MultiscaleFlow
from napari_flowprior.training import TrainConfig

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    Step = Callable[[], object]

CLOCKS = {"wall": perf_counter, "cpu": process_time}
REFERENCE = "normflows, float32"
PHOTO = FlowConfig(channels=1, levels=3, steps=4, hidden=64, context_layers=3)


@dataclass(frozen=True)
class Case:
    """A flow, and what a step takes."""

    config: FlowConfig
    batch: int
    size: int


CASES = {
    "mnist": Case(PRESETS["MNIST"], 50, 28),
    "mnist-short": Case(replace(PRESETS["MNIST"], steps=8, hidden=64), 50, 28),
    "photo-gray": Case(PHOTO, 16, 64),
    "photo-rgb": Case(replace(PHOTO, channels=3), 16, 64),
}


def train_step(model: nn.Module, x: Tensor, *, autocast: bool = False) -> Step:
    """Return what makes one step."""
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-4)

    def step() -> None:
        optimiser.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
            loss = -model.log_prob(x).mean()
        loss.backward()
        optimiser.step()

    return step


def our_flow(case: Case, x: Tensor, *, half: bool) -> MultiscaleFlow:
    flow = MultiscaleFlow(case.config).to(memory_format=torch.channels_last)
    flow.initialize(x)
    flow.set_bfloat16(half)
    return flow


def bare_convolutions(flow: MultiscaleFlow, x: Tensor, dtype: torch.dtype) -> Step:
    """Return forward and backward passes of all convolutions, not in a chain."""
    work: list[tuple[nn.Conv2d, Tensor, Tensor]] = []

    def note(module: nn.Conv2d, inputs: tuple[Tensor], out: Tensor) -> None:
        like = {"dtype": dtype, "memory_format": torch.channels_last}
        features = torch.randn_like(inputs[0], **like).requires_grad_()
        work.append((module, features, torch.randn_like(out, **like)))

    convolutions = [m for m in flow.modules() if isinstance(m, nn.Conv2d)]
    hooks = [m.register_forward_hook(note) for m in convolutions]
    flow.log_prob(x)
    for hook in hooks:
        hook.remove()

    def step() -> None:
        for module, features, gradient in work:
            module(features).backward(gradient)

    flow.to(dtype)
    return step


def contestants(case: Case) -> dict[str, Step]:
    """Return the steps to time, after checking that they are alike."""
    from _normflows import NormflowsFlow

    torch.manual_seed(0)
    x = torch.rand(case.batch, case.config.channels, case.size, case.size)
    single, half, bare, bare_half = (our_flow(case, x, half=i == 1) for i in range(4))
    theirs, theirs_half = (NormflowsFlow(case.config, case.size) for _ in range(2))
    report_sizes({"ours": single, "normflows": theirs}, x)
    return {
        "ours, float32": train_step(single, x),
        "ours, bfloat16": train_step(half, x),
        REFERENCE: train_step(theirs, x),
        "normflows, autocast": train_step(theirs_half, x, autocast=True),
        "convolutions alone, float32": bare_convolutions(bare, x, torch.float32),
        "convolutions alone, bfloat16": bare_convolutions(bare_half, x, torch.bfloat16),
    }


def report_sizes(models: dict[str, nn.Module], x: Tensor) -> None:
    for name, model in models.items():
        parameters = sum(p.numel() for p in model.parameters())
        billions = multiply_adds(train_step(model, x)) / 1e9
        print(f"{name}: {parameters} parameters, {billions:.2f} G multiply-adds a step")


def multiply_adds(step: Step) -> float:
    with FlopCounterMode(display=False) as counter:
        step()
    return counter.get_total_flops() / 2


def timed(step: Step, clock: Callable[[], float]) -> float:
    start = clock()
    step()
    return clock() - start


def measure(
    steps: dict[str, Step], repeat: int, clock: Callable[[], float]
) -> dict[str, list[float]]:
    for step in steps.values():
        step()
    turns = [
        {name: timed(step, clock) for name, step in steps.items()}
        for _ in tqdm(range(repeat), leave=False)
    ]
    return {name: [turn[name] for turn in turns] for name in steps}


def table(seconds: dict[str, list[float]], work: dict[str, float]) -> str:
    lines = ["| step | ms | times as fast | G multiply-adds/s |", "|---|---|---|---|"]
    for name, own in seconds.items():
        pairs = zip(seconds[REFERENCE], own, strict=True)
        faster = median(theirs / ours for theirs, ours in pairs)
        rate = work[name] / median(own) / 1e9
        milliseconds = 1e3 * median(own)
        lines.append(f"| {name} | {milliseconds:.0f} | {faster:.2f} | {rate:.0f} |")
    return "\n".join(lines)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(CASES))
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--clock", choices=CLOCKS, default="wall")
    options = parser.parse_args()
    for name in options.cases:
        if name not in CASES:
            parser.error(f"no case {name!r}; choose from {', '.join(CASES)}")
    if find_spec("normflows") is None:
        parser.error("normflows is missing; install it with: pip install normflows")
    return options


def main() -> None:
    options = parse()
    # normflows calls what newer versions of torch deprecate.
    warnings.filterwarnings("ignore", message=".*torch.lu is deprecated")
    torch.set_num_threads(options.threads)
    config = TrainConfig(steps=1, batch_size=1)
    half = config.uses_bfloat16(torch.device("cpu"))
    print(f"{options.threads} threads, {options.clock} time")
    print(f"Training takes {'bfloat16' if half else 'float32'} on this processor")
    for name in options.cases or CASES:
        case = CASES[name]
        print(f"\n{name}: batches of {case.batch}, {case.size}x{case.size} pixels")
        steps = contestants(case)
        work = {key: multiply_adds(step) for key, step in steps.items()}
        run = partial(measure, clock=CLOCKS[options.clock])
        print(table(run(steps, options.repeat), work), flush=True)


if __name__ == "__main__":
    main()
