"""Drawings are not made worse, however they are damaged and whatever is told of it.

`benchmarks/no_harm.py` does the same with more and larger drawings.
"""

from __future__ import annotations

from itertools import cycle, islice
from typing import TYPE_CHECKING

import pytest
import torch
from _drawings import GREY, SMALL
from _harm import CASES, CLEAN, STILL, outcomes

from napari_flowprior import FlowPrior

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _harm import Outcome

SIDE = 96
# Where noise is looked for, which takes many passes for each tile, one holds all.
TILE = 64
# Decibels: so much worse than the input is worse, and so much no drawing may be.
WORSE, FAR_WORSE = 0.1, 1.0
# Share of restorations that may be worse.
SHARE = 0.03
# Each case is tried with so many drawings, with the next ones in turn: with few where
# it takes many passes through a network, and so only a part of each drawing.
DRAWINGS = {1: 9, 3: 2, 4: 1}
# Where the quality of a JPEG image cannot be found, it is refused.
REFUSED = {"JPEG 30"}

pytestmark = pytest.mark.slow

# Bright strokes on black are what few photons look like, if one says that they are.
DOUBTFUL = {("white text", "clean, Poisson-Gaussian noise")}


@pytest.fixture(scope="module")
def prior() -> FlowPrior:
    return FlowPrior.load("photo-gray")


def test_one_grey_prior_stands_for_both(prior: FlowPrior) -> None:
    """Only their networks are asked here, and these are the same."""
    other = FlowPrior.load("microscopy")
    assert other.flow.config == prior.flow.config
    assert other.sigma_max == prior.sigma_max
    weights = other.flow.score_network.state_dict()
    for name, tensor in prior.flow.score_network.state_dict().items():
        assert torch.equal(tensor, weights[name]), "try both in the tests below"


@pytest.fixture(scope="module")
def damaged(prior: FlowPrior) -> list[Outcome]:
    turns, found = cycle(SMALL), []
    for name, case in CASES.items():
        chosen = islice(turns, DRAWINGS[case.part])
        drawings = {drawing: GREY[drawing] for drawing in chosen}
        side = TILE if name.endswith("nothing told") else SIDE
        found += outcomes(drawings, {name: case}, {prior.name: prior}, side)
    return found


def listed(found: Iterable[Outcome]) -> str:
    """Name what failed, the worst first."""
    worst = sorted(found, key=lambda outcome: (-outcome.loss, -outcome.change))
    return f"{len(worst)}:\n" + "\n".join(map(str, worst))


def test_few_drawings_become_worse(damaged: list[Outcome]) -> None:
    worse = [outcome for outcome in damaged if outcome.loss > WORSE]
    allowed = SHARE * len(damaged)
    assert len(worse) <= allowed, f"worse, of {len(damaged)}, are {listed(worse)}"


def test_no_drawing_becomes_far_worse(damaged: list[Outcome]) -> None:
    far = [
        outcome
        for outcome in damaged
        if outcome.loss > FAR_WORSE and (outcome.drawing, outcome.case) not in DOUBTFUL
    ]
    assert not far, f"far worse, of {len(damaged)}, are {listed(far)}"


def test_clean_drawings_are_left_alone(prior: FlowPrior) -> None:
    drawings = {name: GREY[name] for name in SMALL}
    found = [
        outcome
        for name, case in CLEAN.items()
        for outcome in outcomes(
            drawings,
            {name: case},
            {prior.name: prior},
            TILE if case.part == 1 else SIDE,
        )
    ]
    changed = [
        outcome
        for outcome in found
        if outcome.change >= STILL and (outcome.drawing, outcome.case) not in DOUBTFUL
    ]
    assert not changed, f"changed, of {len(found)}, are {listed(changed)}"


def test_drawings_are_restored_rather_than_refused(damaged: list[Outcome]) -> None:
    refused = [o for o in damaged if o.error and o.case not in REFUSED]
    assert not refused, f"refused, of {len(damaged)}, are {listed(refused)}"
