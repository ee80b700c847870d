"""Figures of a training over its steps, few enough to be drawn."""

from __future__ import annotations

import csv
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from napari_flowprior.training import TrainEvent

__all__ = ["Curve", "Curves"]

_MOST_POINTS = 2000


@dataclass
class Curve:
    """Values over steps; every other one is dropped when there are too many.

    Parameters
    ----------
    steps, values : list
        The points.
    """

    steps: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    _every: int = 1
    _seen: int = 0

    def add(self, step: int, value: float) -> None:
        """Add a point; steps that were taken before, by a run that was lost, go.

        Parameters
        ----------
        step : int
            Steps done.
        value : float
            The figure.
        """
        while self.steps and self.steps[-1] >= step:
            del self.steps[-1], self.values[-1]
        self._seen += 1
        if self._seen % self._every:
            return
        self.steps.append(step)
        self.values.append(value)
        if len(self.steps) > _MOST_POINTS:
            self.steps, self.values = self.steps[1::2], self.values[1::2]
            self._every *= 2


@dataclass
class Curves:
    """All that is plotted of a training.

    Parameters
    ----------
    training, held_out : Curve
        Bits per dimension of the batches, and of held-out patches.
    psnr : Curve
        Of denoising held-out patches, in dB.
    """

    training: Curve = field(default_factory=Curve)
    held_out: Curve = field(default_factory=Curve)
    psnr: Curve = field(default_factory=Curve)

    def __bool__(self) -> bool:
        return bool(self.training.steps or self.held_out.steps)

    def add(self, event: TrainEvent) -> None:
        """Take the figures of an event, if there are any.

        Parameters
        ----------
        event : TrainEvent
            Any event of a training.
        """
        step, held_out = event.step, event.held_out
        if step is not None and step.bits_per_dim == step.bits_per_dim:
            self.training.add(step.step, step.bits_per_dim)
        if held_out is not None:
            self.held_out.add(held_out.step, held_out.bits_per_dim)
        if held_out is not None and held_out.denoising_psnr is not None:
            self.psnr.add(held_out.step, held_out.denoising_psnr)

    @classmethod
    def read(cls, path: Path) -> Curves:
        """Read the table that a training leaves.

        Parameters
        ----------
        path : Path
            CSV file; without it the curves are empty, and what cannot be read of it
            is passed over, as the curves are for the eye only.

        Returns
        -------
        Curves
            The figures.
        """
        curves = cls()
        columns = {
            "train_bits_per_dim": curves.training,
            "bits_per_dim": curves.held_out,
            "denoising_psnr": curves.psnr,
        }
        with suppress(OSError, csv.Error, UnicodeDecodeError), path.open() as file:
            for row in csv.DictReader(file):
                for name, curve in columns.items():
                    with suppress(KeyError, TypeError, ValueError):
                        curve.add(int(row["step"]), float(row[name]))
        return curves
