"""What a training tells while it runs, and what it leaves."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from napari_flowprior.adaptation import AdaptResult
from napari_flowprior.training.patches import DataSummary

__all__ = [
    "HeldOutFigures",
    "Pictures",
    "StepFigures",
    "TrainEvent",
    "TrainPlan",
    "TrainResult",
]

_DECIBELS_PER_BIT = 20 * math.log10(2)


@dataclass(frozen=True, kw_only=True)
class StepFigures:
    """Figures of a step.

    Parameters
    ----------
    step, steps : int
        Steps done, and in all.
    loss : float
        Objective in nats per value of a patch.
    bits_per_dim : float
        Of the patches of the step, noisy where the flow is conditioned on the noise;
        NaN without a likelihood among the losses.
    gradient_norm : float
        L2 norm of the gradient before clipping.
    learning_rate : float
        Of this step.
    skipped : int
        Steps skipped so far because their gradient was not finite.
    seconds : float
        Spent on training so far, in all its runs.
    """

    step: int
    steps: int
    loss: float
    bits_per_dim: float
    gradient_norm: float
    learning_rate: float
    skipped: int
    seconds: float


@dataclass(frozen=True, kw_only=True)
class HeldOutFigures:
    """Figures on patches that are never trained on.

    Parameters
    ----------
    step : int
        Steps done.
    bits_per_dim : float
        Bits per value of the data, at its own quantum, without added noise.
    denoising_psnr : float or None
        Mean PSNR in dB, for a range of 1, of one-step denoising at a fixed noise level
        (25 of 255 as a rule); None without conditioning on the noise.
    best : bool
        Whether no earlier figures of the training are better.
    """

    step: int
    bits_per_dim: float
    denoising_psnr: float | None
    best: bool = True

    def better_than(self, other: HeldOutFigures | None) -> bool:
        """Tell which weights to keep: by bits, and by PSNR where there is one.

        An error of half the size is 6 dB better, and takes one bit less to write down;
        at this rate the two are added up.

        Parameters
        ----------
        other : HeldOutFigures or None
            Earlier figures, if any.

        Returns
        -------
        bool
            Whether these are better.
        """
        if other is None:
            return True
        if self.denoising_psnr is None or other.denoising_psnr is None:
            return self.bits_per_dim < other.bits_per_dim
        gain = self.denoising_psnr - other.denoising_psnr
        return self.bits_per_dim - gain / _DECIBELS_PER_BIT < other.bits_per_dim


@dataclass(frozen=True, kw_only=True, eq=False)
class Pictures:
    """What the flow makes of things, with values in [0, 1] as a rule.

    Parameters
    ----------
    clean : ndarray, shape (C, h, w)
        A held-out patch.
    noisy, restored : ndarray, shape (C, h, w), or None
        The same with noise, and denoised in one step; None without conditioning.
    samples : ndarray, shape (N, C, h, w)
        Drawn from the flow.
    """

    clean: NDArray[Any]
    noisy: NDArray[Any] | None
    restored: NDArray[Any] | None
    samples: NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class TrainPlan:
    """What a training is going to do, known before its first step.

    Parameters
    ----------
    parameters : int
        Trained numbers of the flow.
    memory : int
        Bytes that it will take, about, data included.
    device : str
        Where it runs.
    precision : str
        Of the convolutions: "float32" or "bfloat16".
    steps, batch_size : int
        Steps in all (before a time budget is turned into steps; 0 where time alone
        ends it), and patches in each, over all processes.
    first_step : int
        Steps done already, by an earlier run.
    warnings : tuple of str
        What the user should know, a sentence each.
    """

    parameters: int
    memory: int
    device: str
    precision: str
    steps: int
    batch_size: int
    first_step: int = 0
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TrainEvent:
    """State of a training.

    Parameters
    ----------
    phase : str
        "reading", "training" or "validating".
    done, total : int
        Files, steps or parts of the validation; a total of 0 is not known yet.
    message : str
        What is being done.
    step : StepFigures, optional
        After a whole step.
    held_out : HeldOutFigures, optional
        After a validation.
    pictures : Pictures, optional
        After a validation, where they are asked for.
    data : DataSummary, optional
        Once, when all data are known.
    plan : TrainPlan, optional
        Once, before the first step.
    """

    phase: str
    done: int
    total: int
    message: str = ""
    step: StepFigures | None = None
    held_out: HeldOutFigures | None = None
    pictures: Pictures | None = None
    data: DataSummary | None = None
    plan: TrainPlan | None = None


@dataclass(frozen=True, kw_only=True)
class TrainResult:
    """What a training leaves.

    Parameters
    ----------
    prior, checkpoint, metrics : Path
        The prior with the best figures, which is there if `improved`; the last state,
        and the table of figures.
    step, steps : int
        Steps done, and in all.
    best : HeldOutFigures or None
        Figures of the prior, or of the one it started from if no step has improved
        upon it; None if there was no validation.
    seconds : float
        Spent on training, in all its runs.
    adapted : AdaptResult, optional
        What came of it, if the images were noisy.
    """

    prior: Path
    checkpoint: Path
    metrics: Path
    step: int
    steps: int
    best: HeldOutFigures | None
    seconds: float
    adapted: AdaptResult | None = None

    @property
    def improved(self) -> bool:
        """Whether a prior was written: one better than that it started from, if any."""
        if self.adapted is not None:
            return self.adapted.improved
        return self.best is None or self.best.step > 0

    @property
    def finished(self) -> bool:
        """Whether all steps are done."""
        return self.step >= self.steps
