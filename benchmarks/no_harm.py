"""Restore drawings, which no prior has seen, and see which of them become worse.

Every drawing is damaged in every way, with the damage told and with its strength
estimated; PSNR of the damaged drawing -> of the restored one. What is filled is
compared with biharmonic filling, what is enlarged with bicubic enlargement; an input
without any error counts as worse from a change of half a grey level r.m.s. on. Then
clean drawings with nothing told, and how far they are changed. The same figures come
out of every run::

    python benchmarks/no_harm.py
    python benchmarks/no_harm.py --prior mine.safetensors --quick
    python benchmarks/no_harm.py --drawings text --cases noise --csv harm.csv

Grey drawings are restored with priors of one channel, those in colour with priors of
three. With ``--quick`` half of the grey drawings take part, and no case that needs many
passes through the network. On one core the grey drawings take seven minutes a prior,
and half a minute with ``--quick``.
"""

from __future__ import annotations

import argparse
import csv
import math
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import torch
from _drawings import COLOUR, GREY, SMALL, Drawing
from _harm import CASES, CLEAN, STILL, Case, Outcome, outcomes

from napari_flowprior import FlowPrior

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# Decibels lost that count as worse, and as much worse.
_WORSE, _MUCH = 0.1, 1.0


def matching(found: Mapping[str, Case], options: argparse.Namespace) -> dict[str, Case]:
    return {
        name: case
        for name, case in found.items()
        if any(part in name for part in options.cases)
        and (case.part == 1 or not options.quick)
    }


def drawings(channels: int, options: argparse.Namespace) -> dict[str, Drawing]:
    """Return the drawings of a number of channels that are asked for."""
    return {
        name: draw
        for name, draw in (GREY if channels == 1 else COLOUR).items()
        if any(part in name for part in options.drawings)
        and (name in SMALL or name in COLOUR or not options.quick)
    }


def run(options: argparse.Namespace) -> Iterator[Outcome]:
    priors = {name: FlowPrior.load(name) for name in options.prior}
    wanted = matching({**CASES, **CLEAN}, options)
    for channels in (1, 3):
        same = {name: p for name, p in priors.items() if p.channels == channels}
        if same:
            chosen = drawings(channels, options)
            yield from outcomes(chosen, wanted, same, options.side)


def line(outcome: Outcome) -> str:
    mark = "  MUCH WORSE" if outcome.loss > _MUCH else "  worse"
    return f"{outcome}{mark if outcome.loss > _WORSE else ''}"


def count(found: Sequence[Outcome]) -> tuple[int, int]:
    """Count those that lost more than 0.1 and more than 1 dB."""
    losses = [outcome.loss for outcome in found]
    return sum(x > _WORSE for x in losses), sum(x > _MUCH for x in losses)


def summary(found: Sequence[Outcome], prior: str) -> str:
    """Tell how many became worse, and the worst of each case."""
    damaged = [o for o in found if o.prior == prior and o.case in CASES]
    clean = [o for o in found if o.prior == prior and o.case in CLEAN]
    lines = [f"\n{prior}", "| case | worse | much worse | dB lost at worst | |"]
    lines.append("|---" * 5 + "|")
    for case in dict.fromkeys(o.case for o in damaged):
        same = [o for o in damaged if o.case == case]
        worst = max(same, key=lambda o: o.loss)
        bad, terrible = count(same)
        lines.append(
            f"| {case} | {bad} of {len(same)} | {terrible} | {worst.loss:.2f} | "
            f"{worst.drawing} |"
        )
    return "\n".join([*lines, *changes(clean), total(damaged)])


def changes(clean: Sequence[Outcome]) -> Iterator[str]:
    """Tell how far clean drawings are changed."""
    for case in dict.fromkeys(o.case for o in clean):
        same = [o for o in clean if o.case == case]
        worst = max(same, key=lambda o: o.change)
        mean = math.sqrt(sum(o.change**2 for o in same) / len(same))
        moved = sum(o.change >= STILL for o in same)
        yield (
            f"{case}: changed by {mean:.2f} grey levels r.m.s., "
            f"{moved} of {len(same)} by {STILL} or more, "
            f"at worst {worst.drawing} by {worst.change:.2f}"
        )


def total(damaged: Sequence[Outcome]) -> str:
    bad, terrible = count(damaged)
    refused = sum(bool(o.error) for o in damaged)
    share = 100 * bad / max(len(damaged), 1)
    return (
        f"{len(damaged)} restorations: {bad} ({share:.1f} %) worse than their input by "
        f"more than {_WORSE} dB, {terrible} by more than {_MUCH:g} dB, "
        f"{refused} refused"
    )


def recorded(found: Iterator[Outcome], path: Path | None) -> Iterator[Outcome]:
    """Pass outcomes on, and write each to a file at once if there is one to be."""
    if path is None:
        yield from found
        return
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [*Outcome.__dataclass_fields__, "loss"])
        writer.writeheader()
        for outcome in found:
            writer.writerow(outcome.row())
            file.flush()
            yield outcome


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    names = ["photo-gray", "microscopy", "photo-rgb"]
    parser.add_argument("--prior", nargs="+", default=names)
    parser.add_argument("--drawings", nargs="+", default=[""], help="parts of names")
    parser.add_argument("--cases", nargs="+", default=[""], help="parts of names")
    parser.add_argument("--side", type=int, default=192, help="of a drawing, pixels")
    parser.add_argument("--quick", action="store_true", help="few drawings and cases")
    parser.add_argument("--csv", type=Path, help="file for all figures")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    return parser.parse_args()


def main() -> None:
    options = parse()
    torch.set_num_threads(options.threads)
    started, found = perf_counter(), []
    for outcome in recorded(run(options), options.csv):
        found.append(outcome)
        print(line(outcome), flush=True)
    for prior in dict.fromkeys(outcome.prior for outcome in found):
        print(summary(found, prior))
    print(f"{perf_counter() - started:.0f} seconds")


if __name__ == "__main__":
    main()
