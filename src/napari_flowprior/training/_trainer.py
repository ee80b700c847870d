"""The training loop: a generator that yields an event per step."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from napari_flowprior._errors import InputError, PriorFileError, TrainingError
from napari_flowprior.training._checkpoint import load_checkpoint, save_checkpoint
from napari_flowprior.training._losses import ScoreMatching, TrainingBatch
from napari_flowprior.training._validation import GREY_LEVELS, Validation

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from napari_flowprior.flow import MultiscaleFlow
    from napari_flowprior.training._config import TrainConfig
    from napari_flowprior.training._patches import PatchSampler

__all__ = ["TrainEvent", "Trainer", "iter_train"]

_PATIENCE = 50


@dataclass(frozen=True, kw_only=True)
class TrainEvent:
    """State of a training after a step.

    Parameters
    ----------
    step, steps : int
        Steps done, and in all.
    loss : float
        Objective of the last step in nats per dimension.
    gradient_norm : float
        L2 norm of the gradient before clipping.
    skipped : int
        Steps skipped so far because of a non-finite gradient.
    bits_per_dim, denoising_psnr : float or None
        On the validation images, after a validation: bits per dimension, and PSNR in
        dB of one-step denoising at sigma 25 of 255 (None without conditioning).
    """

    step: int
    steps: int
    loss: float
    gradient_norm: float
    skipped: int
    bits_per_dim: float | None = None
    denoising_psnr: float | None = None


class Trainer:
    """Flow, optimiser, averaged weights and random state of a training.

    Parameters
    ----------
    flow : MultiscaleFlow
        The flow to train, on its device.
    config : TrainConfig
        Settings.
    sampler : PatchSampler
        Source of patches.
    """

    def __init__(
        self, flow: MultiscaleFlow, config: TrainConfig, sampler: PatchSampler
    ) -> None:
        matches = any(isinstance(term, ScoreMatching) for term in config.losses)
        if matches and not flow.config.noise_conditional:
            raise InputError("Score matching needs a noise-conditioned flow.")
        self.flow = flow.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.config = config
        self.sampler = sampler
        self.step = 0
        self.skipped = 0
        self._skipped_in_a_row = 0
        self._rng = np.random.default_rng(config.seed)
        self._generator = torch.Generator().manual_seed(config.seed)
        self._device = next(flow.parameters()).device
        self.flow.set_bfloat16(config.bfloat16)
        self.flow.initialize(*self._initial())
        self.average: MultiscaleFlow = copy.deepcopy(self.flow)
        self.average.eval().requires_grad_(False)
        self.average.set_bfloat16(False)
        self.optimiser = torch.optim.Adam(flow.parameters(), lr=config.learning_rate)

    def _initial(self) -> tuple[Tensor, Tensor | None]:
        batch = self._batch(max(32, self.config.batch_size))
        return batch.noisy.detach(), batch.sigma

    def _draw_sigma(self, number: int) -> Tensor:
        uniform = torch.rand(number, generator=self._generator)
        kept = torch.rand(number, generator=self._generator)
        return uniform * self.config.sigma_max * (kept >= self.config.clean_fraction)

    def _batch(self, number: int) -> TrainingBatch:
        patches = torch.from_numpy(self.sampler.batch(number, self._rng))
        clean = patches.float() / GREY_LEVELS
        fill = torch.rand(clean.shape, generator=self._generator) - 0.5
        noisy = clean + fill / GREY_LEVELS
        sigma = None
        if self.flow.config.noise_conditional:
            sigma = self._draw_sigma(number)
            noise = torch.randn(clean.shape, generator=self._generator)
            noisy = noisy + noise * sigma[:, None, None, None]
            sigma = sigma.to(self._device)
        clean, noisy = clean.to(self._device), noisy.to(self._device)
        noisy.requires_grad_()
        return TrainingBatch(self.flow, clean, noisy, sigma, self._generator)

    def learning_rate(self, step: int) -> float:
        """Return the learning rate of a step: warm-up, plateau, half a cosine.

        Parameters
        ----------
        step : int
            Step, counted from 0.

        Returns
        -------
        float
            Learning rate.
        """
        config = self.config
        rate = config.learning_rate * min(1.0, (step + 1) / max(1, config.warmup))
        start = config.steps * (1 - config.decay)
        if step >= start and config.decay > 0:
            progress = (step - start) / (config.steps - start)
            rate *= 0.5 * (1 + math.cos(math.pi * progress))
        return rate

    def advance(self) -> TrainEvent:
        """Make one step.

        Returns
        -------
        TrainEvent
            What happened.

        Raises
        ------
        TrainingError
            If gradients stay non-finite.
        """
        self.flow.train()
        batch = self._batch(self.config.batch_size)
        loss = torch.stack([term.weight * term(batch) for term in self.config.losses])
        self.optimiser.zero_grad()
        loss.sum().backward()
        norm = self._clip()
        if math.isfinite(norm):
            self._apply()
        else:
            self._skip()
        self.step += 1
        return TrainEvent(
            step=self.step,
            steps=self.config.steps,
            loss=loss.sum().item() / batch.clean[0].numel(),
            gradient_norm=norm,
            skipped=self.skipped,
        )

    def _clip(self) -> float:
        parameters = [p for p in self.flow.parameters() if p.grad is not None]
        # Measured first: clipping by value would turn an infinite gradient finite.
        norms = torch.stack([p.grad.norm() for p in parameters])
        if math.isfinite(self.config.clip_value):
            torch.nn.utils.clip_grad_value_(parameters, self.config.clip_value)
        torch.nn.utils.clip_grad_norm_(parameters, self.config.clip_norm)
        return float(norms.norm())

    def _apply(self) -> None:
        self._skipped_in_a_row = 0
        for group in self.optimiser.param_groups:
            group["lr"] = self.learning_rate(self.step)
        self.optimiser.step()
        decay = min(self.config.ema, (self.step + 1) / (self.step + 10))
        with torch.no_grad():
            pairs = zip(self.average.parameters(), self.flow.parameters(), strict=True)
            for mean, new in pairs:
                mean.lerp_(new, 1 - decay)

    def _skip(self) -> None:
        self.skipped += 1
        self._skipped_in_a_row += 1
        if self._skipped_in_a_row >= _PATIENCE:
            raise TrainingError(
                f"The gradient was not finite for {_PATIENCE} steps in a row (step "
                f"{self.step}). Lower the learning rate, and look for images with "
                "extreme values."
            )

    def _tensors(self) -> dict[str, Tensor]:
        tensors = {f"flow.{k}": v for k, v in self.flow.state_dict().items()}
        tensors |= {f"average.{k}": v for k, v in self.average.state_dict().items()}
        for index, entry in self.optimiser.state_dict()["state"].items():
            tensors |= {f"adam.{index}.{k}": v for k, v in entry.items()}
        tensors["random.generator"] = self._generator.get_state()
        tensors["random.global"] = torch.get_rng_state()
        return tensors

    def save(self, path: Path) -> None:
        """Write everything that a bit-exact continuation needs.

        Parameters
        ----------
        path : Path
            Checkpoint to write; replaced atomically if it exists.
        """
        state = {
            "step": self.step,
            "skipped": self.skipped,
            "rng": self._rng.bit_generator.state,
        }
        save_checkpoint(path, self._tensors(), state)

    def resume(self, path: Path) -> None:
        """Continue from a checkpoint.

        Parameters
        ----------
        path : Path
            Checkpoint of a training of the same flow.

        Raises
        ------
        PriorFileError
            If the file is not a checkpoint.
        """
        tensors, state = load_checkpoint(path)
        try:
            self.flow.load_state_dict(_under(tensors, "flow."))
            self.average.load_state_dict(_under(tensors, "average."))
        except RuntimeError as error:
            raise PriorFileError(f"{path} is of another flow than this one.") from error
        self._resume_optimiser(_under(tensors, "adam."))
        try:
            self._resume_random(tensors, state)
            self.step, self.skipped = state["step"], state["skipped"]
        except (KeyError, RuntimeError, TypeError, ValueError) as error:
            raise PriorFileError(f"{path} is an incomplete checkpoint.") from error

    def _resume_random(self, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
        self._generator.set_state(tensors["random.generator"])
        torch.set_rng_state(tensors["random.global"])
        self._rng.bit_generator.state = state["rng"]

    def _resume_optimiser(self, tensors: dict[str, Tensor]) -> None:
        entries: dict[int, dict[str, Any]] = {}
        for name, tensor in tensors.items():
            index, key = name.split(".")
            entries.setdefault(int(index), {})[key] = tensor
        whole = self.optimiser.state_dict()
        self.optimiser.load_state_dict(whole | {"state": entries})


def _under(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {
        k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)
    }


def iter_train(
    trainer: Trainer,
    *,
    validation: Validation | None = None,
    checkpoint: Path | None = None,
) -> Generator[TrainEvent, None, MultiscaleFlow]:
    """Train to the end, yielding after every step.

    Parameters
    ----------
    trainer : Trainer
        Fresh or resumed.
    validation : Validation, optional
        Measured every ``validate_every`` steps and at the end.
    checkpoint : Path, optional
        File written at the same moments.

    Returns
    -------
    MultiscaleFlow
        The flow with averaged weights.

    Yields
    ------
    TrainEvent
        State after the step.
    """
    config = trainer.config
    while trainer.step < config.steps:
        event = trainer.advance()
        if event.step % config.validate_every == 0 or event.step == config.steps:
            if checkpoint is not None:
                trainer.save(checkpoint)
            if validation is not None:
                event = _validated(event, validation, trainer.average)
        yield event
    return trainer.average


def _validated(
    event: TrainEvent, validation: Validation, flow: MultiscaleFlow
) -> TrainEvent:
    bits, psnr = validation.measure(flow)
    return replace(event, bits_per_dim=bits, denoising_psnr=psnr)
