"""Denoising score matching on the score network, under noise of many kinds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import torch
from torch import Tensor

from napari_flowprior._errors import InputError
from napari_flowprior.training.observations import Conditions, Observation, observe
from napari_flowprior.training.optim._base import Loss, TrainingBatch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_flowprior.flow import FlowConfig

__all__ = ["Denoising"]

# Relative error of a patch, a multiple of what good denoisers leave, from which on the
# loss grows as its root.
_FAR_OFF = 10.0
# Least level that errors are compared with, normalised units.
_FAINTEST = 0.1 / 255


@dataclass(frozen=True, kw_only=True)
class Denoising(Conditions, Loss):
    """Denoising score matching on the score network, under noise of many kinds.

    The formula of `ScoreMatching`, with the network's estimate in place of the flow's
    gradient: both are to approach the same score. It does not touch the flow.

    The network sees observations as `Conditions` describe them, and is told the level
    of their noise and where they were cut off. Before its answer is bounded, its error
    counts squared, relative to what a good denoiser leaves at that level, which is
    ``sigma^2 / (1 + sigma / detail)``. Patches whose error is ten times as large count
    by the root, as answers may be far off at first.

    Where the noise is weaker than the network is told, as in most steps of splitting
    estimators, denoising leaves open what it answers, and it may answer anything. It
    then learns to answer, for an image x with noise of level t sigma, t uniform in
    [0, 1], what it answers itself once the rest of the noise is added.

    Parameters
    ----------
    weight : float
        Factor of the term in the objective.
    clipped, correlated, compressed, photons, uneven, faint, strong, dim : float
        Parts of the patches, see `Conditions`.
    understated, impulses, highest : float
        See `Conditions`.
    detail : float
        Noise level of which a good denoiser takes out half, in variance; normalised
        units. In photographs it leaves mean squared errors of 0.0085 sigma where there
        is more noise.
    overstated : float
        Part of the patches whose noise is weaker than the network is told.
    """

    detail: float = 0.0085
    overstated: float = 0.0
    name: ClassVar[str] = "denoising"
    takes_clean: ClassVar[bool] = True

    def __post_init__(self) -> None:
        Loss.__post_init__(self)
        Conditions.__post_init__(self)
        if self.overstated > 1:
            raise InputError(
                f"overstated is {self.overstated}; give a part, from 0 to 1."
            )
        if self.detail == 0:
            raise InputError("detail is 0; give a noise level above it.")

    def __call__(self, batch: TrainingBatch) -> Tensor:
        drawn = zip(batch.rngs, _dequantised(batch), strict=True)
        observed = _Observed.stacked([self._observe(*pair) for pair in drawn], batch)
        answer = _with_own_answers(batch, observed)
        error = observed.denoised(batch) - answer
        relative = error / observed.level.clamp_min(_FAINTEST)
        relative = observed.counts * relative.square()
        relative = (relative * (1 + observed.level / self.detail)).flatten(1)
        return (_robust(relative.mean(1)) * relative.shape[1]).mean()

    def _observe(
        self, rng: np.random.Generator, clean: NDArray[np.float32]
    ) -> tuple[Observation, float]:
        """Draw an observation, and what part of its noise there is, for overstated."""
        if rng.random() < self.overstated:
            return observe(rng, clean, self._plain), float(rng.random())
        return observe(rng, clean, self), 1.0

    @property
    def _plain(self) -> Conditions:
        """White noise as solvers meet it."""
        return Conditions(
            faint=self.faint, strong=self.strong, dim=self.dim, highest=self.highest
        )

    def multiply_adds_per_pixel(self, flow: FlowConfig) -> float:
        return self.passes * flow.score_multiply_adds_per_pixel

    def bytes_per_pixel(self, flow: FlowConfig) -> float:
        return self.graphs * flow.score_bytes_per_pixel


@dataclass(frozen=True, eq=False)
class _Observed:
    """Observations of a batch, on its device."""

    seen: Tensor
    level: Tensor
    clipped: Tensor
    answer: Tensor
    counts: Tensor
    part: Tensor

    @classmethod
    def stacked(
        cls, drawn: list[tuple[Observation, float]], batch: TrainingBatch
    ) -> _Observed:
        def stack(name: str) -> Tensor:
            arrays = np.stack([getattr(each, name) for each, _ in drawn])
            return torch.from_numpy(arrays).to(batch.clean)

        parts = torch.tensor([part for _, part in drawn]).to(batch.clean)
        return cls(
            seen=stack("seen"),
            level=stack("level"),
            clipped=stack("clipped"),
            answer=stack("answer"),
            counts=stack("counts"),
            part=parts[:, None, None, None],
        )

    @property
    def shown(self) -> Tensor:
        """What the network sees: of overstated noise, a part."""
        return self.answer + self.part * (self.seen - self.answer)

    def denoised(self, batch: TrainingBatch) -> Tensor:
        scaled = batch.flow.scaled_score(self.shown, self.level, self.clipped)
        return self.shown + self.level * scaled


def _dequantised(batch: TrainingBatch) -> NDArray[np.float32]:
    """Return the clean patches, with the noise that fills their grey levels."""
    shape = batch.clean.shape[1:]
    fill = np.stack([rng.random(shape, dtype=np.float32) for rng in batch.rngs]) - 0.5
    clean: NDArray[np.float32] = batch.clean.cpu().numpy()
    return np.asarray(clean + np.float32(batch.quantum) * fill, dtype=np.float32)


def _with_own_answers(batch: TrainingBatch, observed: _Observed) -> Tensor:
    """Return the answers; those to overstated noise are the network's own."""
    weak = observed.part[:, 0, 0, 0] < 1
    if not bool(weak.any()):
        return observed.answer
    chosen = weak.nonzero().flatten().tolist()
    shape = tuple(observed.seen.shape[1:])
    fresh = [batch.rngs[i].standard_normal(shape, dtype=np.float32) for i in chosen]
    rest = observed.level[weak] * (1 - observed.part[weak].square()).sqrt()
    full = observed.shown[weak] + rest * torch.from_numpy(np.stack(fresh)).to(rest)
    answer = observed.answer.clone()
    with torch.no_grad():
        answer[weak] = batch.flow.denoise(full, observed.level[weak])
    return answer


def _robust(relative: Tensor) -> Tensor:
    """Let errors of patches that are far off grow as the root of their square."""
    far = relative.clamp_min(_FAR_OFF)
    return torch.where(
        relative < _FAR_OFF, relative, 2 * (_FAR_OFF * far).sqrt() - _FAR_OFF
    )
