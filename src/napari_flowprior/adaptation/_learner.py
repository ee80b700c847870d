"""The loop of an adaptation, and what comes of it."""

from __future__ import annotations

import math
import time
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

from napari_flowprior._checks import check_count, check_number
from napari_flowprior._errors import InputError
from napari_flowprior._version import version
from napari_flowprior.adaptation._held_out import HeldOut, Risk
from napari_flowprior.adaptation._recorruption import recorruption_loss
from napari_flowprior.priors import FlowPrior
from napari_flowprior.restoration import RestoreEvent

if TYPE_CHECKING:
    from collections.abc import Generator

    import numpy as np

    from napari_flowprior.adaptation._tiles import NoisyTiles
    from napari_flowprior.flow import MultiscaleFlow

__all__ = ["BATCH", "AdaptResult", "Budget", "Learner"]

BATCH = 8
"""Tiles in each step."""

_RATE, _BETAS, _CLIP = 1e-4, (0.9, 0.99), 1.0
# Of the running average of the weights, which is what is measured and kept.
_AVERAGE = 0.98
# How often is measured: in shares of the time, and after so many steps at least.
_MEASURES, _FEWEST_STEPS = 12, 10
# Measures without anything better, after which it ends.
_PATIENCE = 4


@dataclass(frozen=True, kw_only=True, eq=False)
class AdaptResult:
    """A prior adapted to noisy images.

    Parameters
    ----------
    prior : FlowPrior
        The adapted prior; the one that it started from if nothing was surely better.
    improved : bool
        Whether it is another one.
    gain : float
        How much smaller its error is on tiles that were held out, in dB, as far as that
        can be told without the truth; 0 if it is not improved.
    steps : int
        Steps that were made.
    """

    prior: FlowPrior
    improved: bool
    gain: float
    steps: int

    def named(
        self, name: str, licence: str = "", sources: tuple[str, ...] = ()
    ) -> FlowPrior:
        """Return the prior under a name of its own.

        Parameters
        ----------
        name : str
            The name.
        licence : str
            Its licence; by default that of the prior it started from.
        sources : tuple of str
            Sources and licences of the images it is adapted to.

        Returns
        -------
        FlowPrior
            The same weights.
        """
        info = self.prior.info
        told = replace(
            info,
            name=name,
            licence=licence or info.licence,
            sources=tuple(dict.fromkeys((*info.sources, *sources))),
        )
        return FlowPrior(self.prior.flow, told)

    @property
    def sentence(self) -> str:
        """What came of it, for a person."""
        if not self.improved:
            return (
                f"After {self.steps} steps nothing was surely better than "
                f"{self.prior.name} on what was held out, so it stays as it is."
            )
        return (
            f"After {self.steps} steps the error on what was held out is about "
            f"{self.gain:.2f} dB smaller."
        )


class Budget:
    """How long it may take.

    Parameters
    ----------
    minutes : float
        Time, unless there are steps.
    steps : int or None
        Steps.
    """

    def __init__(self, minutes: float, steps: int | None) -> None:
        check_number("minutes", minutes)
        if minutes <= 0:
            raise InputError(f"minutes is {minutes}; it must be > 0.")
        if steps is not None:
            check_count("steps", steps)
        self._seconds, self._steps = 60 * minutes, steps
        self._started: float | None = None

    def spent(self, step: int) -> float:
        """Return which share of it is spent; the clock starts when first asked."""
        if self._steps is not None:
            return step / self._steps
        now = time.monotonic()
        self._started = now if self._started is None else self._started
        return (now - self._started) / self._seconds


class Learner:
    """An adaptation under way.

    Parameters
    ----------
    start : FlowPrior
        Prior to start from.
    tiles : NoisyTiles
        What is learnt from.
    rng : numpy.random.Generator
        Source of randomness.
    """

    def __init__(
        self, start: FlowPrior, tiles: NoisyTiles, rng: np.random.Generator
    ) -> None:
        self._start, self._tiles, self._rng = start, tiles, rng
        self._flow = deepcopy(start.flow)
        self._average = deepcopy(start.flow)
        self._held = HeldOut(tiles.held_out())
        self._first = self._risk = self._held.risk(start.flow)
        self._least = math.inf
        self._best: MultiscaleFlow | None = None
        self._weights = _network(self._flow).requires_grad_(True).parameters()
        self._step, self._fruitless = 0, 0

    def learn(self, budget: Budget) -> Generator[RestoreEvent, None, None]:
        """Make steps until the budget is spent, or nothing gets better any more."""
        weights = list(self._weights)
        optimiser = torch.optim.Adam(weights, lr=_RATE, betas=_BETAS)
        measured, due = 0, 1 / _MEASURES
        while (spent := budget.spent(self._step)) < 1 and self._fruitless < _PATIENCE:
            if spent >= due and self._step - measured >= _FEWEST_STEPS:
                self._measure()
                measured, due = self._step, spent + 1 / _MEASURES
            yield self._event(min(spent, 1.0))
            loss = recorruption_loss(
                self._flow, self._tiles.draw(self._rng, BATCH), self._rng
            )
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(weights, _CLIP)
            optimiser.step()
            self._step += 1
            self._follow()
        if measured < self._step:
            self._measure()

    @torch.no_grad()
    def _follow(self) -> None:
        """Move the average towards the weights; at first it is of all so far."""
        kept = min(_AVERAGE, self._step / (self._step + 1))
        pairs = zip(
            _network(self._average).parameters(),
            _network(self._flow).parameters(),
            strict=True,
        )
        for average, weight in pairs:
            average.lerp_(weight, 1 - kept)

    def _measure(self) -> None:
        risk = self._held.risk(self._average)
        above = risk.above(self._first, self._tiles.doubt)
        self._fruitless += 1
        # NaN is never better.
        if above < self._least:
            self._least, self._fruitless = above, 0
            if above < 0:
                self._risk, self._best = risk, deepcopy(self._average)

    def _event(self, spent: float) -> RestoreEvent:
        message = f"Learning from noise, step {self._step + 1}"
        if self._best is not None:
            message += f"; {_decibels(self._first, self._risk):+.2f} dB"
        return RestoreEvent(done=round(1000 * spent), total=1000, message=message)

    def result(self, images: int) -> AdaptResult:
        """Return the best prior so far, or the start."""
        if self._best is None:
            return AdaptResult(
                prior=self._start, improved=False, gain=0.0, steps=self._step
            )
        gain = _decibels(self._first, self._risk)
        made = {
            **{"started_from": self._start.name, "adapted_to_noisy_images": images},
            **{"steps": self._step, "gain_db": round(gain, 3), "version": version()},
        }
        info = replace(
            self._start.info,
            description=f"{self._start.name} adapted to noisy images",
            training=made,
            # It was that of another network.
            calibration={},
        )
        prior = FlowPrior(self._best, info)
        return AdaptResult(prior=prior, improved=True, gain=gain, steps=self._step)


def _network(flow: MultiscaleFlow) -> torch.nn.Module:
    assert flow.score_network is not None
    return flow.score_network


def _decibels(before: Risk, after: Risk) -> float:
    if not (before.error > 0 and after.error > 0):
        return 0.0
    return 10 * math.log10(before.error / after.error)
