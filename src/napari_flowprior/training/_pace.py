"""A time budget, turned into a number of steps."""

from __future__ import annotations

from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from napari_flowprior.training.optim import Trainer

__all__ = ["Pace"]

# The first step is slow (memory, kernels); the next ones set the pace.
_STEPS = 6
_VALIDATIONS = 10
# Validations and files take their share of a time budget.
_SHARE = 0.9


class Pace:
    """How long steps take, until that is known well enough.

    Parameters
    ----------
    minutes : float or None
        The time budget; None for a number of steps.
    """

    def __init__(self, minutes: float | None) -> None:
        self.minutes = minutes
        self._seconds: list[float] = []

    def keep(self, trainer: Trainer, seconds: float) -> None:
        """Take note of a step; once the pace is known, set how many there are.

        Parameters
        ----------
        trainer : Trainer
            The training, whose settings are changed.
        seconds : float
            What the step took.
        """
        if self.minutes is None or len(self._seconds) >= _STEPS:
            return
        self._seconds.append(seconds)
        if len(self._seconds) == _STEPS:
            self._set_steps(trainer, 60 * self.minutes)

    def _set_steps(self, trainer: Trainer, budget: float) -> None:
        measured = torch.tensor([sum(self._seconds), median(self._seconds[1:])])
        measured = measured.to(next(trainer.flow.parameters()).device)
        # All processes must come to the same number.
        trainer.processes.average([measured])
        spent, pace = measured.tolist()
        left = max(0.0, budget * _SHARE - spent)
        steps = trainer.step + max(1, int(left / pace))
        every = min(trainer.config.validate_every, max(1, steps // _VALIDATIONS))
        trainer.config = replace(trainer.config, steps=steps, validate_every=every)
