"""Sentences about a training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_flowprior._widgets.jobs import duration

if TYPE_CHECKING:
    from napari_flowprior.adaptation import AdaptResult
    from napari_flowprior.training import (
        DataSummary,
        HeldOutFigures,
        StepFigures,
        TrainPlan,
    )

__all__ = [
    "about_adaptation",
    "about_data",
    "about_end",
    "about_plan",
    "about_progress",
]

_NAMED = 10


def about_data(summary: DataSummary) -> str:
    """Say what there is to train on, and which images are left out.

    Parameters
    ----------
    summary : DataSummary
        What was found.

    Returns
    -------
    str
        Some sentences; names of skipped images in lines of their own.
    """
    lines = [summary.sentence()]
    lines += [f"Skipped {name}: {why}" for name, why in summary.skipped[:_NAMED]]
    more = len(summary.skipped) - _NAMED
    if more > 0:
        lines.append(f"And {more} more are skipped.")
    return "\n".join(lines)


def about_adaptation(name: str, result: AdaptResult) -> str:
    """Say what came of an adaptation to noisy images.

    Parameters
    ----------
    name : str
        Name of the prior.
    result : AdaptResult
        What came of it.

    Returns
    -------
    str
        Some sentences.
    """
    text = f"Done. {result.sentence}"
    return text + (f" The prior {name} can be chosen in Restore." * result.improved)


def about_plan(plan: TrainPlan) -> str:
    """Say what the training will take.

    Parameters
    ----------
    plan : TrainPlan
        The plan.

    Returns
    -------
    str
        A sentence, and a line for each warning.
    """
    lines = [
        f"{_parameters(plan.parameters)} parameters, {plan.batch_size} patches a "
        f"step, about {plan.memory / 2**20:,.0f} MiB of memory, on {plan.device} in "
        f"{plan.precision}."
    ]
    return "\n".join([*lines, *plan.warnings])


def _parameters(number: int) -> str:
    return f"{number / 1e6:.2g} million" if number >= 1e6 else f"{number:,}"


def about_progress(
    step: StepFigures, held_out: HeldOutFigures | None, left: float | None
) -> str:
    """Say how far a training is, and how good.

    Parameters
    ----------
    step : StepFigures
        Of the last step.
    held_out : HeldOutFigures or None
        Of the last validation.
    left : float or None
        Seconds left, if it can be told.

    Returns
    -------
    str
        A sentence for each.
    """
    text = f"Step {step.step:,} of {step.steps:,}"
    text += "" if left is None else f", {duration(left)} left"
    if step.bits_per_dim == step.bits_per_dim:
        text += f": {step.bits_per_dim:.3f} bits/dim"
    text += "."
    if held_out is not None:
        text += f" Held out: {_figures(held_out)}."
    if step.skipped:
        text += f" {step.skipped} steps skipped, as they were not finite."
    return text


def about_end(
    name: str,
    step: StepFigures | None,
    best: HeldOutFigures | None,
    *,
    done: bool,
    usable: bool,
) -> str:
    """Say how a training ended.

    Parameters
    ----------
    name : str
        Name of the prior.
    step : StepFigures or None
        Of the last step.
    best : HeldOutFigures or None
        Of the validation that the prior is from.
    done : bool
        Whether it came to its end.
    usable : bool
        Whether there is a prior.

    Returns
    -------
    str
        What there is now, and how to go on.
    """
    where = "" if step is None else f" after step {step.step:,} of {step.steps:,}"
    if done and step is not None:
        where = f" after {step.step:,} steps"
    text = f"{'Done' if done else 'Stopped'}{where}."
    if best is not None and not best.step:
        text += (
            " No step was better than the prior that it started from, so nothing was "
            "changed."
        )
    elif best is not None:
        text += f" Best on held-out patches: {_figures(best)} (step {best.step:,})."
    if usable:
        text += f" The prior {name} can be chosen in Restore."
    return text if done else f"{text} Resume goes on from here."


def _figures(held_out: HeldOutFigures) -> str:
    text = f"{held_out.bits_per_dim:.3f} bits/dim"
    psnr = held_out.denoising_psnr
    return text if psnr is None else f"{text}, {psnr:.2f} dB"
