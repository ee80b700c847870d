"""Flow, optimiser and averaged weights; one step after the other."""

from __future__ import annotations

import math
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from napari_flowprior._errors import PriorFileError, TrainingError
from napari_flowprior.training._events import StepFigures
from napari_flowprior.training.optim._average import frozen_copy, take_in
from napari_flowprior.training.optim._batch import check_fit, make_batch
from napari_flowprior.training.optim._checkpoint import (
    load_checkpoint,
    save_checkpoint,
    under,
)
from napari_flowprior.training.optim._optimisers import Optimisers, clip
from napari_flowprior.training.optim._processes import Processes
from napari_flowprior.training.patches import DrawnPatch, PatchFeed, draw_initial

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from napari_flowprior.flow import MultiscaleFlow
    from napari_flowprior.training.optim._base import TrainingBatch
    from napari_flowprior.training.optim._config import TrainConfig
    from napari_flowprior.training.patches import PatchSource

__all__ = ["Trainer"]

_PATIENCE = 50
_COUNTS = {"step": int, "skipped": int, "seconds": float}
# What is computed between two looks at whether to stop, in multiply-adds: most of a
# second on one common core.
_CPU_CHUNK = 5e10
_INITIAL_PATCHES = 32


class Trainer:
    """A training, one step after the other.

    Steps are cut into pieces of a second at most, between which a training can be given
    up without a trace of the unfinished step.

    Parameters
    ----------
    flow : MultiscaleFlow
        The flow to train, on its device.
    config : TrainConfig
        Settings.
    source : PatchSource
        Where patches come from.
    processes : Processes, optional
        Those that train the same flow, each with ``config.batch_size`` patches of every
        step.
    initialize : bool
        Whether the flow is a fresh one, whose activation norms are set by data.

    Attributes
    ----------
    average : MultiscaleFlow
        The flow with the running average of the weights, in evaluation mode.
    step, skipped : int
        Steps done, and those of them skipped as their gradient was not finite.
    seconds : float
        Spent in steps, in all runs.
    normalisation : str
        What the unit range of intensities stands for.
    """

    def __init__(
        self,
        flow: MultiscaleFlow,
        config: TrainConfig,
        source: PatchSource,
        *,
        processes: Processes | None = None,
        initialize: bool = True,
    ) -> None:
        check_fit(flow, config, source)
        self.flow = flow.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.config = config
        self.processes = processes or Processes()
        self.step = 0
        self.skipped = 0
        self.seconds = 0.0
        self._skipped_in_a_row = 0
        self.normalisation = source.normalisation
        self._quantum = source.quantum
        self._pixels = source.size**2
        self._values = source.channels * self._pixels
        self._device = next(flow.parameters()).device
        self.flow.requires_grad_(True)
        self.flow.set_bfloat16(config.uses_bfloat16(self._device))
        if initialize:
            self._initialize(source)
        self.average = frozen_copy(self.flow)
        self.optimisers = Optimisers(flow, config)
        first = self.processes.rank * config.batch_size
        places = range(first, first + config.batch_size)
        self._feed = PatchFeed(source, config.seed, places)

    def _initialize(self, source: PatchSource) -> None:
        fitting = int(
            _CPU_CHUNK / (self.flow.config.multiply_adds_per_pixel * self._pixels)
        )
        number = min(_INITIAL_PATCHES, max(4, fitting))
        batch = self._batch(draw_initial(source, self.config.seed, number))
        self.flow.initialize(batch.noisy.detach(), batch.sigma)

    @property
    def patches_at_a_time(self) -> int:
        """How many patches of a step are computed together."""
        if self._device.type != "cpu":
            return self.config.batch_size
        terms = self.config.losses
        config = self.flow.config
        cost = sum(term.multiply_adds_per_pixel(config) for term in terms)
        return max(1, int(_CPU_CHUNK / (cost * self._pixels)))

    def advance(self) -> Generator[None, None, StepFigures]:
        """Make one step.

        Returns
        -------
        StepFigures
            What happened.

        Yields
        ------
        None
            Between its pieces; closed there, nothing has happened.

        Raises
        ------
        TrainingError
            If gradients stay non-finite, or memory runs out.
        """
        start = time.perf_counter()
        patches = yield from self._feed.take(self.step)
        self.flow.train()
        self.flow.zero_grad()
        terms = torch.zeros(len(self.config.losses), device=self._device)
        for chunk in self._chunks(patches):
            terms += self._accumulate(chunk) * (len(chunk) / len(patches))
            yield
        gradients = [p.grad for p in self.flow.parameters() if p.grad is not None]
        self.processes.average([*gradients, terms])
        norm = clip(self.flow.parameters(), self.config)
        rate = self.config.learning_rate_at(self.step)
        if math.isfinite(norm):
            self._apply(rate)
        else:
            self._skip()
        self.step += 1
        self.seconds += time.perf_counter() - start
        return self._figures(terms.tolist(), norm, rate)

    def _chunks(self, patches: list[DrawnPatch]) -> Iterator[list[DrawnPatch]]:
        size = self.patches_at_a_time
        return (patches[i : i + size] for i in range(0, len(patches), size))

    def _accumulate(self, chunk: list[DrawnPatch]) -> Tensor:
        """Add the gradient of some patches; return the terms of the objective."""
        try:
            with self._own_dropout(chunk):
                batch = self._batch(chunk)
                terms = [term.weight * term(batch) for term in self.config.losses]
                loss = torch.stack(terms)
                (loss.sum() * (len(chunk) / self.config.batch_size)).backward()
        except (torch.OutOfMemoryError, MemoryError) as error:
            raise TrainingError(
                f"A step of {self.config.batch_size} patches does not fit into the "
                f"memory of {self._device}; take fewer with a smaller batch size."
            ) from error
        return loss.detach()

    @contextmanager
    def _own_dropout(self, chunk: list[DrawnPatch]) -> Iterator[None]:
        """Let dropout, which knows only torch's global state, depend on the patch."""
        if not self.flow.config.context_dropout:
            yield
            return
        devices = [self._device] if self._device.type == "cuda" else []
        with torch.random.fork_rng(devices=devices):
            torch.manual_seed(int(chunk[0].rng.integers(2**62)))
            yield

    def _batch(self, patches: list[DrawnPatch]) -> TrainingBatch:
        return make_batch(self.flow, patches, self._quantum, self.config)

    def _apply(self, rate: float) -> None:
        self._skipped_in_a_row = 0
        self.optimisers.step(rate / self.config.learning_rate)
        take_in(self.average, self.flow, self.step, self.config.ema)

    def _skip(self) -> None:
        self.skipped += 1
        self._skipped_in_a_row += 1
        if self._skipped_in_a_row >= _PATIENCE:
            raise TrainingError(
                f"The gradient was not finite for {_PATIENCE} steps in a row (step "
                f"{self.step}). Lower the learning rate, and look for images with "
                "extreme values."
            )

    def _figures(self, terms: list[float], norm: float, rate: float) -> StepFigures:
        likelihood = [
            value / term.weight / self._values
            for term, value in zip(self.config.losses, terms, strict=True)
            if term.name == "likelihood" and term.weight
        ]
        nats = sum(likelihood) if likelihood else math.nan
        return StepFigures(
            step=self.step,
            steps=self.config.steps,
            loss=sum(terms) / self._values,
            bits_per_dim=nats / math.log(2) - math.log2(self._quantum),
            gradient_norm=norm,
            learning_rate=rate,
            skipped=self.skipped,
            seconds=self.seconds,
        )

    def close(self) -> None:
        """Stop to draw patches ahead."""
        self._feed.close()

    # --- checkpoints

    def save(self, path: Path, more: dict[str, Any] | None = None) -> None:
        """Write everything that a bit-exact continuation needs.

        Parameters
        ----------
        path : Path
            Checkpoint to write; replaced atomically if it exists.
        more : dict, optional
            Plain data to keep with it.
        """
        counts = {name: getattr(self, name) for name in _COUNTS}
        save_checkpoint(
            path,
            self._tensors(),
            {**counts, "config": self.config.to_dict(), "more": more or {}},
        )

    def resume(self, path: Path) -> dict[str, Any]:
        """Continue from a checkpoint.

        Parameters
        ----------
        path : Path
            Checkpoint of a training of the same flow. Settings are those of this
            trainer, not those that were saved.

        Returns
        -------
        dict
            The plain data that were kept with it.

        Raises
        ------
        PriorFileError
            If the file is not a checkpoint of such a training.
        """
        tensors, state = load_checkpoint(path, self._shapes())
        try:
            counts = {name: kind(state[name]) for name, kind in _COUNTS.items()}
            more: dict[str, Any] = dict(state["more"])
        except (KeyError, TypeError, ValueError) as error:
            raise PriorFileError(f"{path} is an incomplete checkpoint.") from error
        self.flow.load_state_dict(under(tensors, "flow."))
        self.average.load_state_dict(under(tensors, "average."))
        self.optimisers.load(tensors)
        vars(self).update(counts)
        return more

    def _tensors(self) -> dict[str, Tensor]:
        tensors = {f"flow.{k}": v for k, v in self.flow.state_dict().items()}
        tensors |= {f"average.{k}": v for k, v in self.average.state_dict().items()}
        return tensors | self.optimisers.tensors()

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of what a checkpoint may hold."""
        shapes = {name: tuple(t.shape) for name, t in self._tensors().items()}
        return shapes | self.optimisers.shapes()
