"""The score network: what the gradient of the flow would say, in one forward pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, pixel_shuffle, pixel_unshuffle

from napari_flowprior.flow._networks import zero_init

if TYPE_CHECKING:
    from napari_flowprior.flow._config import FlowConfig

__all__ = ["ScoreNetwork"]

# Brings noise levels, at most a quarter or so, to the size of the intensities.
_LEVEL_GAIN = 4.0


class ResidualPair(nn.Module):
    """Two activations and 3x3 convolutions, plus the input."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.act = nn.SiLU()
        self.conv_in = nn.Conv2d(width, width, 3, padding=1)
        self.conv_out = nn.Conv2d(width, width, 3, padding=1)
        zero_init(self.conv_out)

    def forward(self, h: Tensor) -> Tensor:
        """Add the residual to `h`, (B, width, H, W)."""
        out: Tensor = h + self.conv_out(self.act(self.conv_in(self.act(h))))
        return out


def _pairs(width: int, number: int) -> nn.Sequential:
    return nn.Sequential(*(ResidualPair(width) for _ in range(number)))


class ScoreNetwork(nn.Module):
    """U-shaped network for the score of the noisy density, times sigma.

    The gradient of a flow costs a forward and a backward pass, and fits the score only
    as well as an invertible network can. This one has the same target, denoising score
    matching, and no such bounds. It works at half the image's resolution and below,
    with the noise level as one more channel and, where the config says so, two more
    that tell whether noisy intensities were cut off at 0 and at 1.

    In bfloat16 the first and the last convolution stay as they are. The first one meets
    faint noise on intensities that bfloat16 would round more coarsely than that; with
    all layers in bfloat16, images with noise of 1 of 255 lose 0.08 dB, and so 0.002.

    Parameters
    ----------
    config : FlowConfig
        Gives the channels of the image, ``score_widths`` and ``score_blocks``.

    References
    ----------
    Ronneberger et al., *U-Net* (2015); Zhang et al., *FFDNet* (2018) for the half
    resolution and the channel of the noise level, a map; Song and Ermon, *Generative
    modeling by estimating gradients of the data distribution* (2019) for the target.
    """

    def __init__(self, config: FlowConfig) -> None:
        super().__init__()
        widths, blocks = config.score_widths, config.score_blocks
        finer, coarser = widths[:-1], widths[1:]
        inside = 4 * config.channels
        self.told_clipping = config.score_clipping
        self.head = nn.Conv2d(config.score_inputs, widths[0], 3, padding=1)
        self.down_blocks = nn.ModuleList(_pairs(width, blocks) for width in finer)
        self.downs = nn.ModuleList(
            nn.Conv2d(a, b, 2, stride=2) for a, b in zip(finer, coarser, strict=True)
        )
        self.middle = _pairs(widths[-1], blocks)
        self.ups = nn.ModuleList(
            nn.Conv2d(b, 4 * a, 1) for a, b in zip(finer, coarser, strict=True)
        )
        self.up_blocks = nn.ModuleList(_pairs(width, blocks) for width in finer)
        self.tail = nn.Conv2d(widths[0], inside, 3, padding=1)
        zero_init(self.tail)
        self.half_networks = False

    def forward(
        self,
        x: Tensor,
        sigma: Tensor,
        clipped: Tensor | None = None,
        *,
        half: bool = False,
    ) -> Tensor:
        """Estimate sigma times the score.

        Parameters
        ----------
        x : Tensor
            Noisy images, (B, C, H, W), H and W divisible by 2 to the number of widths.
        sigma : Tensor
            Standard deviation of their noise: (B,), or a map (B, 1, H, W).
        clipped : Tensor, optional
            1 where intensities were cut off at 0, and where at 1, else 0: (B, 2). By
            default they were not; a network that is not told ignores it.
        half : bool
            Whether to compute in bfloat16; if `half_networks` is set, it does anyway.

        Returns
        -------
        Tensor
            ``sigma * grad log p_sigma(x)``, the expected noise with its sign changed
            and of unit scale, (B, C, H, W).
        """
        h = pixel_unshuffle(x, 2)
        told = [h, _over(_level_map(sigma), h)]
        if self.told_clipping:
            none = x.new_zeros(x.shape[0], 2) if clipped is None else clipped
            told.append(_over(none[:, :, None, None].to(x), h))
        seen = torch.cat(told, dim=1).contiguous(memory_format=torch.channels_last)
        h, half = self.head(seen), half or self.half_networks
        with torch.autocast(x.device.type, torch.bfloat16, enabled=half):
            h = self._inside(h.to(torch.bfloat16) if half else h)
        return pixel_shuffle(self.tail(h.to(x.dtype)), 2)

    def _inside(self, h: Tensor) -> Tensor:
        skipped = []
        for blocks, down in zip(self.down_blocks, self.downs, strict=True):
            h = blocks(h)
            skipped.append(h)
            h = down(h)
        h = self.middle(h)
        ways_up = list(zip(self.ups, self.up_blocks, skipped, strict=True))
        for up, blocks, skip in reversed(ways_up):
            h = blocks(pixel_shuffle(up(h), 2) + skip)
        return h


def _level_map(sigma: Tensor) -> Tensor:
    """Return noise levels as the network sees them: (B, 1, 1, 1) or (B, 1, h, w)."""
    level = _LEVEL_GAIN * sigma
    return level[:, None, None, None] if level.ndim == 1 else avg_pool2d(level, 2)


def _over(values: Tensor, h: Tensor) -> Tensor:
    """Lay channels over the pixels of features (B, C, h, w)."""
    return values.expand(-1, -1, *h.shape[2:])
