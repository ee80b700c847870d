"""How a flow is trained, as data."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from napari_flowprior._checks import check_names
from napari_flowprior._device import computes_bfloat16
from napari_flowprior._errors import InputError
from napari_flowprior.training.optim._base import Loss
from napari_flowprior.training.optim._denoising import Denoising
from napari_flowprior.training.optim._losses import LOSSES, Likelihood
from napari_flowprior.training.optim._recorruption import Recorruption

if TYPE_CHECKING:
    import torch

__all__ = ["TrainConfig"]

_CHOICES = {
    "optimiser": ("adam", "muon"),
    "precision": ("auto", "float32", "bfloat16"),
}
_COUNTS = ("steps", "batch_size", "validate_every")
_FROM_ZERO = ("warmup", "seed")
_POSITIVE = ("learning_rate", "kernel_rate", "clip_value", "clip_norm", "sigma_max")
_FRACTIONS = ("decay", "ema", "clean_fraction", "sigma_min")


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """Settings of a training.

    Parameters
    ----------
    steps : int
        Number of optimiser steps.
    batch_size : int
        Patches per step, in each process.
    optimiser : {"adam", "muon"}
        Adam alone, or Muon for the kernels of convolutions and Adam for the rest.
    learning_rate : float
        Of Adam, after warm-up and before decay.
    kernel_rate : float
        Of Muon: spectral norm of the change of a kernel in a step, about.
    warmup : int
        Steps over which the rates rise from zero.
    decay : float
        Last fraction of the steps over which they fall to zero (half a cosine).
    clip_value, clip_norm : float
        Bounds on single gradients, then on their L2 norm; for losses summed over an
        image.
    ema : float
        Decay of the running average of the weights, which is what is kept.
    losses : tuple of Loss
        Terms of the objective.
    sigma_min : float
        Noise level that the images themselves have, normalised units; 0 for clean ones.
        Nothing is learnt of levels below.
    sigma_max : float
        Largest noise level, normalised units, for a flow conditioned on it.
    clean_fraction : float
        Fraction of patches that get no Gaussian noise.
    precision : {"auto", "float32", "bfloat16"}
        Of the convolutions inside the flow; all else is float32. "auto" takes bfloat16
        where the processor computes with it.
    validate_every : int
        Steps between validations; a checkpoint is written at each.
    seed : int
        Of the weights, patches, noise and noise levels.

    Raises
    ------
    InputError
        If a value makes no sense.
    """

    steps: int
    batch_size: int
    optimiser: str = "adam"
    learning_rate: float = 1e-4
    kernel_rate: float = 0.02
    warmup: int = 0
    decay: float = 0.0
    clip_value: float = 1e5
    clip_norm: float = 1e4
    ema: float = 0.999
    losses: tuple[Loss, ...] = (Likelihood(),)
    sigma_min: float = 0.0
    sigma_max: float = 60 / 255
    clean_fraction: float = 0.1
    precision: str = "auto"
    validate_every: int = 500
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.losses:
            raise InputError("losses is empty; a training needs at least one.")
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise InputError(
                    f"{name} is {getattr(self, name)!r}; choose one of {choices}."
                )
        for name in (*_COUNTS, *_FROM_ZERO):
            self._check_whole(name, 1 if name in _COUNTS else 0)
        for name in (*_POSITIVE, *_FRACTIONS):
            self._check_number(name)
        self._check_levels()

    def _check_levels(self) -> None:
        highest = min(self.sigma_max, self.highest_level)
        if self.sigma_min and self.sigma_min >= highest:
            raise InputError(
                f"sigma_min is {self.sigma_min:.3g}, which leaves no noise level up to "
                f"{highest:.3g} to learn."
            )
        if not self.sigma_min and any(isinstance(t, Recorruption) for t in self.losses):
            raise InputError(
                "The loss recorruption is for images that have noise themselves; set "
                "sigma_min to the level of it."
            )
        clean = [term.name for term in self.losses if term.takes_clean]
        if self.sigma_min and clean:
            raise InputError(
                f"The loss {clean[0]} takes clean images; leave it out where they have "
                "noise themselves."
            )

    def _check_whole(self, name: str, least: int) -> None:
        value = getattr(self, name)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise InputError(
                f"{name} is {value!r}; it must be a whole number from {least} on."
            )

    def _check_number(self, name: str) -> None:
        value = getattr(self, name)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if name in _POSITIVE and not (number and value > 0):
            raise InputError(f"{name} is {value!r}; it must be a number > 0.")
        if name in _FRACTIONS and not (number and 0 <= value <= 1):
            raise InputError(f"{name} is {value!r}; it must be in [0, 1].")

    @property
    def denoising(self) -> Denoising | None:
        """The loss that trains a score network, if there is one."""
        found = (loss for loss in self.losses if isinstance(loss, Denoising))
        return next(found, None)

    @property
    def highest_level(self) -> float:
        """Largest noise level that is denoised, normalised units."""
        reaching = (
            t.highest for t in self.losses if isinstance(t, Denoising | Recorruption)
        )
        return next(reaching, self.sigma_max)

    def learning_rate_at(self, step: int) -> float:
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
        rate = self.learning_rate * min(1.0, (step + 1) / max(1, self.warmup))
        start = self.steps * (1 - self.decay)
        if step >= start and self.decay > 0:
            progress = (step - start) / (self.steps - start)
            rate *= 0.5 * (1 + math.cos(math.pi * progress))
        return rate

    def uses_bfloat16(self, device: torch.device) -> bool:
        """Tell whether convolutions run in bfloat16 on a device.

        Parameters
        ----------
        device : device
            Where the training runs.

        Returns
        -------
        bool
            By `precision`; for "auto", whether the device computes with bfloat16
            rather than imitating it.
        """
        if self.precision != "auto":
            return self.precision == "bfloat16"
        return computes_bfloat16(device)

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain data.

        Returns
        -------
        dict
            As `from_dict` takes them.
        """
        values = asdict(self)
        values["losses"] = [{"name": loss.name, **asdict(loss)} for loss in self.losses]
        return values

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> TrainConfig:
        """Build from plain data, refusing unknown names.

        Parameters
        ----------
        values : dict
            Names and values; ``losses`` is a list of tables with a ``name`` from
            `LOSSES` and the loss's parameters.

        Returns
        -------
        TrainConfig
            The settings.

        Raises
        ------
        InputError
            If a name is unknown or a value makes no sense.
        """
        check_names("[train]", values, {field.name for field in fields(cls)})
        given = dict(values)
        if "losses" in given:
            given["losses"] = tuple(_loss(table) for table in given["losses"])
        missing = {"steps", "batch_size"} - set(given)
        if missing:
            raise InputError(f"[train] lacks {', '.join(sorted(missing))}.")
        return cls(**given)


def _loss(table: dict[str, Any]) -> Loss:
    given = dict(table)
    name = given.pop("name", None)
    if name not in LOSSES:
        raise InputError(
            f"There is no loss {name!r}; choose one of {', '.join(LOSSES)}."
        )
    kind = LOSSES[name]
    check_names(f"The loss {name}", given, {field.name for field in fields(kind)})
    for key, value in given.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InputError(f"{key} of the loss {name} is {value!r}, not a number.")
    return kind(**given)
