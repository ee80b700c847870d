"""What a training says while it goes on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from napari_flowprior.cli._report import printable, say

if TYPE_CHECKING:
    from napari_flowprior.training import (
        DataSummary,
        HeldOutFigures,
        StepFigures,
        TrainEvent,
        TrainPlan,
    )

__all__ = ["Speaker", "figures"]

_SKIPPED_SHOWN = 10


class Speaker:
    """Says what happens: a bar, and lines above it.

    Parameters
    ----------
    silent : bool
        Whether it says nothing.
    """

    def __init__(self, silent: bool) -> None:
        self._silent = silent
        self._bar: Any = None

    def __enter__(self) -> Speaker:
        return self

    def __exit__(self, *error: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def say(self, text: str) -> None:
        """Print a line above the bar."""
        if self._silent:
            return
        if self._bar is None:
            say(text)
        else:
            with self._bar.external_write_mode():
                say(text)

    def show(self, event: TrainEvent) -> None:
        """Say what an event is about."""
        if event.data is not None:
            self._data(event.data)
        if event.plan is not None:
            self._plan(event.plan)
        elif event.phase == "reading":
            self._read(event)
        if event.step is not None:
            self._step(event.step)
        if event.held_out is not None:
            self.say(figures(event.held_out))

    def _restart(self, unit: str, total: int, first: int = 0) -> None:
        if self._bar is not None:
            self._bar.close()
        self._bar = tqdm(
            total=total or None,
            initial=first,
            unit=unit,
            leave=False,
            disable=self._silent or None,
        )

    def _read(self, event: TrainEvent) -> None:
        if self._bar is None:
            self._restart("image", event.total)
        self._bar.total = event.total
        self._bar.set_postfix_str(printable(Path(event.message).name), refresh=False)
        self._bar.update(event.done - self._bar.n)

    def _data(self, data: DataSummary) -> None:
        self.say(data.sentence())
        for name, reason in data.skipped[:_SKIPPED_SHOWN]:
            self.say(f"skipped {name}: {reason}")
        if len(data.skipped) > _SKIPPED_SHOWN:
            self.say(f"skipped {len(data.skipped) - _SKIPPED_SHOWN} more")

    def _plan(self, plan: TrainPlan) -> None:
        self.say(
            f"{plan.parameters / 1e6:.2f} million parameters, {plan.steps} steps of "
            f"{plan.batch_size} patches, {plan.precision} on {plan.device}, about "
            f"{plan.memory / 2**20:.0f} MiB"
        )
        for warning in plan.warnings:
            self.say(warning)
        self._restart("step", plan.steps, plan.first_step)

    def _step(self, step: StepFigures) -> None:
        self._bar.total = step.steps
        facts = f"{step.bits_per_dim:.3f} bits, loss {step.loss:.3f}"
        if step.skipped:
            facts += f", {step.skipped} skipped"
        self._bar.set_postfix_str(facts, refresh=False)
        self._bar.update(step.step - self._bar.n)


def figures(held_out: HeldOutFigures) -> str:
    """Say how well a prior does on images that it has not seen."""
    text = f"step {held_out.step}: held out {held_out.bits_per_dim:.4f} bits/dim"
    if held_out.denoising_psnr is not None:
        text += f", denoising {held_out.denoising_psnr:.2f} dB"
    return text + (", the best so far" if held_out.best else "")
