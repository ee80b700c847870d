"""Affine coupling."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_flowprior.flow._base import Bijection, bounded
from napari_flowprior.flow._layers import merge, split
from napari_flowprior.flow._networks import ConvNet

if TYPE_CHECKING:
    from torch import Tensor

    from napari_flowprior.flow._config import FlowConfig

__all__ = ["AffineCoupling"]


class AffineCoupling(Bijection):
    """Scale and shift one half of the channels by a function of the other half.

    ``u_b = (x_b + shift(x_a)) * exp(s(x_a))``, ``u_a = x_a``, with ``|s|`` below
    ``config.scale_bound``. The network that computes shift and s is the conditioner
    of Figure 2 of the supplement.

    Parameters
    ----------
    channels : int
        Number of channels C, even.
    config : FlowConfig
        Describes the conditioner.

    References
    ----------
    Helminger et al., *Generic Image Restoration with Flow Based Priors* (2021),
    supplement, Figure 2. The bound on the scale is ours.
    """

    def __init__(self, channels: int, config: FlowConfig) -> None:
        super().__init__()
        self.conditioner = ConvNet(channels // 2, channels, config)
        self.bound = config.scale_bound

    def _affine(self, a: Tensor, level: Tensor | None) -> tuple[Tensor, Tensor]:
        shift, raw = self.conditioner(a, level).chunk(2, dim=1)
        return shift, bounded(raw, self.bound)

    def forward(self, x: Tensor, level: Tensor | None = None) -> tuple[Tensor, Tensor]:
        a, b = split(x)
        shift, log_scale = self._affine(a, level)
        b = (b + shift) * log_scale.exp()
        return merge(a, b), log_scale.sum(dim=(1, 2, 3))

    def inverse(self, u: Tensor, level: Tensor | None = None) -> tuple[Tensor, Tensor]:
        a, b = split(u)
        shift, log_scale = self._affine(a, level)
        b = b * (-log_scale).exp() - shift
        return merge(a, b), -log_scale.sum(dim=(1, 2, 3))
