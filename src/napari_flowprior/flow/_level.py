"""One level of the multi-scale flow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor, nn

from napari_flowprior.flow._base import Bijection
from napari_flowprior.flow._coupling import AffineCoupling
from napari_flowprior.flow._layers import (
    ActNorm,
    InvertibleConv1x1,
    Squeeze,
    split,
)
from napari_flowprior.flow._priors import (
    ContextEncoder,
    GaussianBase,
    LearnedGaussian,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari_flowprior.flow._config import FlowConfig

__all__ = ["Level"]


class Level(nn.Module):
    """Squeeze, K flow steps, and the base distribution of what stays behind."""

    def __init__(self, channels: int, config: FlowConfig, *, last: bool) -> None:
        super().__init__()
        self.last = last
        steps: list[Bijection] = [Squeeze()]
        for _ in range(config.steps):
            steps += [ActNorm(channels), InvertibleConv1x1(channels)]
            steps.append(AffineCoupling(channels, config))
        self.steps = nn.ModuleList(steps)
        self.base: GaussianBase
        if last:
            learn_scale = config.base == "gaussian"
            self.base = LearnedGaussian(channels, learn_scale=learn_scale)
        else:
            self.base = ContextEncoder(channels // 2, config)

    def bijections(self) -> Iterator[Bijection]:
        for step in self.steps:
            assert isinstance(step, Bijection)
            yield step

    def forward(self, x: Tensor, level: Tensor | None) -> tuple[Tensor, Tensor]:
        total = x.new_zeros(x.shape[0])
        for step in self.bijections():
            x, log_det = step(x, level)
            total = total + log_det
        return x, total

    def inverse(self, x: Tensor, level: Tensor | None) -> tuple[Tensor, Tensor]:
        total = x.new_zeros(x.shape[0])
        for step in reversed(list(self.bijections())):
            x, log_det = step.inverse(x, level)
            total = total + log_det
        return x, total

    def split(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return (x, x) if self.last else split(x)
