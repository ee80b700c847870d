"""Architecture of a flow as data, and the three architectures of the paper."""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from napari_flowprior._errors import InputError

__all__ = ["PRESETS", "FlowConfig"]

_LIMITS = {
    "channels": (1, 16),
    "levels": (1, 6),
    "steps": (1, 64),
    "hidden": (1, 1024),
    "blocks": (0, 16),
    "context_layers": (1, 16),
    "embedding": (1, 1024),
    "score_blocks": (1, 16),
    "white_cells": (0, 128),
}
_MOST_SCALES, _WIDEST = 5, 512
_CHOICES = {"base": ("unit", "gaussian"), "activation": ("relu", "silu")}


@dataclass(frozen=True, kw_only=True)
class FlowConfig:
    """Architecture of a `MultiscaleFlow`.

    Parameters
    ----------
    channels : int
        Image channels: 1 (grey) or 3 (colour).
    levels : int
        Number of levels L; the flow takes images whose sides divide by 2**L.
    steps : int
        Flow steps K per level.
    hidden : int
        Intermediate channels C_inter of the conditioners.
    blocks : int
        Residual blocks N of a conditioner (Figure 2).
    base : {"unit", "gaussian"}
        p(u_0): N(mu, 1) or N(mu, sigma), moments trained.
    context_layers : int
        3x3 convolutions of a context encoder p(u_l | h_l).
    context_dropout : float
        Dropout in front of a context encoder.
    activation : {"relu", "silu"}
        Activation of all networks. A smooth one has the curvature that score
        matching trains.
    noise_conditional : bool
        Whether couplings and context encoders are told the noise level, so that
        the flow is a density of noisy images at every level.
    embedding : int
        Size of the embedded noise level.
    scale_bound : float
        Bound on the log-scales of couplings and context encoders.
    score_widths : tuple of int
        Channels of the score network at 1/2, 1/4, ... of the resolution; none, and
        there is no such network. Only a flow that is conditioned on the noise has one.
    score_blocks : int
        Residual blocks of the score network at each resolution, on each side.
    score_clipping : bool
        Whether the score network is told if noisy intensities were cut off at 0 and
        at 1; else it has to guess.
    black_cell : float
        Width of the quantisation cell of black, normalised units, for images that are
        mostly black; see `SpreadBlack`. With 0, intensities enter the flow as they are.
    white_cells : int
        Cells below 1 that count as white, for images that are mostly black and else
        mostly white; see `SpreadBlackAndWhite`. With 0, there are none.

    Raises
    ------
    InputError
        If a value lies outside its bounds.
    """

    channels: int = 3
    levels: int = 3
    steps: int = 4
    hidden: int = 64
    blocks: int = 2
    base: str = "gaussian"
    context_layers: int = 1
    context_dropout: float = 0.0
    activation: str = "relu"
    noise_conditional: bool = False
    embedding: int = 64
    scale_bound: float = 2.0
    score_widths: tuple[int, ...] = ()
    score_blocks: int = 2
    score_clipping: bool = False
    black_cell: float = 0.0
    white_cells: int = 0

    def __post_init__(self) -> None:
        self._check_score_widths()
        for name, (low, high) in _LIMITS.items():
            self._check_range(name, low, high)
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise InputError(
                    f"{name} is {getattr(self, name)!r}; choose one of {choices}."
                )
        for name in ("noise_conditional", "score_clipping"):
            if not isinstance(getattr(self, name), bool):
                raise InputError(
                    f"{name} is {getattr(self, name)!r}; it must be true or false."
                )
        for name in ("context_dropout", "scale_bound", "black_cell"):
            self._check_number(name)
        if not 0 <= self.context_dropout < 1:
            raise InputError(
                f"context_dropout is {self.context_dropout}; it must be in [0, 1)."
            )
        if not 0 < self.scale_bound <= 20:
            raise InputError(
                f"scale_bound is {self.scale_bound}; it must be in (0, 20]."
            )

        if self.black_cell and not 1e-6 <= self.black_cell <= 1:
            raise InputError(
                f"black_cell is {self.black_cell}; it must be 0, or from 1e-6 to 1."
            )
        if self.white_cells and not 0 < self.white_cells * self.black_cell <= 0.5:
            raise InputError(
                f"white_cells is {self.white_cells}, of a width (black_cell) of "
                f"{self.black_cell}; together they must be above 0 and at most 0.5."
            )

    def _check_score_widths(self) -> None:
        widths = self.score_widths
        fits = isinstance(widths, tuple | list) and len(widths) <= _MOST_SCALES
        if not fits or not all(type(w) is int and 1 <= w <= _WIDEST for w in widths):
            raise InputError(
                f"score_widths is {widths!r}; it must be at most {_MOST_SCALES} whole "
                f"numbers from 1 to {_WIDEST}."
            )
        # JSON and TOML know lists only.
        object.__setattr__(self, "score_widths", tuple(widths))
        if widths and self.noise_conditional is not True:
            raise InputError(
                "score_widths was given, but the flow is not conditioned on the noise "
                "level; set noise_conditional."
            )

    def _check_number(self, name: str) -> None:
        value = getattr(self, name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InputError(f"{name} is {value!r}; it must be a number.")

    def _check_range(self, name: str, low: int, high: int) -> None:
        value = getattr(self, name)
        if isinstance(value, bool) or not isinstance(value, int):
            raise InputError(f"{name} is {value!r}; it must be an integer.")
        if not low <= value <= high:
            raise InputError(f"{name} is {value}; it must be from {low} to {high}.")

    @property
    def stride(self) -> int:
        """Number that the sides of an image must divide by: 2**L as a rule."""
        return int(2 ** max(self.levels, len(self.score_widths)))

    @property
    def score_inputs(self) -> int:
        """Channels that the score network sees at half of the resolution.

        Four pixels of every channel, the noise level and, if it is told, whether
        intensities end at 0 and at 1.
        """
        return 4 * self.channels + (3 if self.score_clipping else 1)

    @property
    def multiply_adds_per_pixel(self) -> float:
        """Cost of a forward pass in multiply-adds per image pixel, networks only.

        Of the flow, without the score network.
        """
        return sum(self._level_cost(level) for level in range(self.levels))

    @property
    def score_multiply_adds_per_pixel(self) -> float:
        """Cost of a pass through the score network, per image pixel; 0 without one."""
        cost = 0.0
        for depth, width in enumerate(self.score_widths):
            last = depth == len(self.score_widths) - 1
            sides = 1 if last else 2
            inside = 18 * sides * self.score_blocks * width**2
            if depth == 0:
                inside += 9 * width * (4 * self.channels + self.score_inputs)
            if not last:
                inside += 2 * width * self.score_widths[depth + 1]
            cost += inside / (4 << 2 * depth)
        return cost

    @property
    def bytes_per_pixel(self) -> float:
        """Memory of a differentiated forward pass in bytes per image pixel, about."""
        # Float32 features kept by autograd: about six per block, and one on each side.
        kept = self.hidden * (6 * self.blocks + 2) + 32
        area = sum(4.0 ** -(level + 1) for level in range(self.levels))
        return 4 * self.steps * kept * area

    @property
    def score_bytes_per_pixel(self) -> float:
        """Memory of a differentiated pass through the score network, about."""
        # Five features per block and side.
        kept = (
            (10 * self.score_blocks + 4) * width / (4 << 2 * depth)
            for depth, width in enumerate(self.score_widths)
        )
        return 4 * sum(kept)

    def _level_cost(self, level: int) -> float:
        """Multiply-adds per image pixel of a level, counted from the finest."""
        channels = self.channels * (4 << level)
        ends = 9 * (channels // 2 + channels) * self.hidden
        conditioner = ends + 10 * self.blocks * self.hidden**2
        cost = self.steps * (conditioner + channels**2)
        if level < self.levels - 1:
            inner = [self.hidden] * (self.context_layers - 1)
            widths = pairwise([channels // 2, *inner, channels])
            cost += 9 * sum(before * after for before, after in widths)
        return cost / (4 << 2 * level)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> FlowConfig:
        """Build a config from plain data, refusing unknown names.

        Parameters
        ----------
        values : dict
            Names and values of the fields.

        Returns
        -------
        FlowConfig
            The validated config.

        Raises
        ------
        InputError
            If a name is unknown or a value out of bounds.
        """
        unknown = set(values) - {field.name for field in fields(cls)}
        if unknown:
            names = ", ".join(sorted(unknown))
            raise InputError(f"Unknown settings of a flow: {names}.")
        return cls(**values)


PRESETS = MappingProxyType(
    {
        "MNIST": FlowConfig(
            channels=1, levels=1, steps=16, hidden=128, blocks=2, base="unit"
        ),
        "SPRITES": FlowConfig(
            channels=3, levels=3, steps=8, hidden=128, blocks=2, context_layers=1
        ),
        "DIV2K": FlowConfig(
            channels=3,
            levels=3,
            steps=4,
            hidden=256,
            blocks=2,
            context_layers=5,
            context_dropout=0.2,
        ),
    }
)
"""The architectures of Tables 1 to 3. The number of blocks N is given for MNIST only;
the other two use the same [R]. ``dataclasses.replace(PRESETS["DIV2K"], channels=1)``
gives a grey variant."""
