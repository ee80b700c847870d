"""A network that tells noise from texture, and how strong it is."""

from __future__ import annotations

import math
from functools import cache

import torch
from safetensors.torch import load
from torch import Tensor, nn
from torch.nn import functional

from napari_flowprior._resources import resource

__all__ = ["NoiseNetwork", "finest_scale_of", "shipped_noise_network"]

_WIDTHS = (32, 48, 64, 64, 64, 64)
_STRIDES = (1, 1, 2, 1, 2, 1)
_GROUPS, _GLANCES, _HIDDEN, _ANSWERS = 8, 4, 64, 4
# Two scales at which tiles are seen, pixels.
_FINE, _COARSE = 1.5, 5.0
# Level of 255 that rounding makes, or so: weaker noise cannot be told.
_WEAKEST = 0.2
_MEDIAN_OF_NORMAL = 0.6745
_FILE = "noise.safetensors"


class NoiseNetwork(nn.Module):
    """What noise tiles of images have, of any level and correlation.

    A tile is seen relative to the level of its finest scale, so that its units do not
    matter, in what it differs from itself blurred. Convolutions at half, a quarter and
    an eighth of the resolution end in a mean, and in means of what four weighings
    attend to; two layers answer from these.

    It has 180 000 weights and takes 10 000 multiply-adds a pixel, a twentieth of those
    of a score network. `benchmarks/train_noise_network.py` trains it.
    """

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.PixelUnshuffle(2)]
        before = 4 * 4
        for width, stride in zip(_WIDTHS, _STRIDES, strict=True):
            layers += [
                nn.Conv2d(before, width, 3, stride, 1),
                nn.GroupNorm(_GROUPS, width),
                nn.SiLU(),
            ]
            before = width
        self.body = nn.Sequential(*layers)
        self.attention = nn.Conv2d(before, _GLANCES, 1)
        self.head = nn.Sequential(
            nn.Linear(before * (_GLANCES + 1), _HIDDEN),
            nn.SiLU(),
            nn.Linear(_HIDDEN, _ANSWERS),
        )

    def forward(self, tiles: Tensor) -> Tensor:
        """Judge tiles.

        Parameters
        ----------
        tiles : Tensor, shape (N, 1, h, w)
            Intensities from 0 to 1; sides are even, and 32 pixels at least.

        Returns
        -------
        Tensor, shape (N, 4)
            Logarithms of: the odds that there is noise which can be seen in 8 bits; its
            level, relative to that of the finest scale; how far that may be off, as the
            scale of a Laplace distribution; and how much of it is in the finest scale.
        """
        features = self.body(_seen(tiles))
        weights = self.attention(features).flatten(2).softmax(-1)
        places = features.flatten(2)
        glances = torch.einsum("nal,ncl->nac", weights, places).flatten(1)
        answers: Tensor = self.head(torch.cat([glances, places.mean(-1)], 1))
        return answers


def finest_scale_of(tiles: Tensor) -> Tensor:
    """Return the noise level of the finest scale of tiles.

    Parameters
    ----------
    tiles : Tensor, shape (N, 1, h, w)
        Intensities from 0 to 1.

    Returns
    -------
    Tensor, shape (N,)
        Standard deviations, at least about what rounding to 8 bits makes.
    """
    rows = tiles[..., 1:, :] - tiles[..., :-1, :]
    finest = (rows[..., 1:] - rows[..., :-1]).abs().flatten(1) / 2
    level = finest.median(1).values / _MEDIAN_OF_NORMAL
    return level.clamp_min(_WEAKEST / 255)


def _seen(tiles: Tensor) -> Tensor:
    """Return what the network sees: details at two scales, levels and intensities."""
    level = finest_scale_of(tiles).reshape(-1, 1, 1, 1)
    fine = (tiles - _blurred(tiles, _FINE)) / level
    coarse = (tiles - _blurred(tiles, _COARSE)) / (2 * level)
    known = torch.log(255 * level).expand_as(tiles) / 3
    return torch.cat([fine.asinh(), coarse.asinh(), known, 2 * tiles - 1], 1)


def _blurred(tiles: Tensor, width: float) -> Tensor:
    reach = math.ceil(3 * width)
    offsets = torch.arange(-reach, reach + 1.0, dtype=tiles.dtype, device=tiles.device)
    kernel = torch.exp(-offsets.square() / (2 * width**2))
    kernel /= kernel.sum()
    padded = functional.pad(tiles, (reach,) * 4, mode="reflect")
    rows = functional.conv2d(padded, kernel.reshape(1, 1, -1, 1))
    return functional.conv2d(rows, kernel.reshape(1, 1, 1, -1))


@cache
def shipped_noise_network() -> NoiseNetwork:
    """Return the network that is shipped, which nobody may train further.

    Returns
    -------
    NoiseNetwork
        On the processor, in float32.
    """
    # Whoever asks first: no weights are drawn from PyTorch's generator, or have its
    # default type, and none are tensors that gradients refuse.
    with torch.inference_mode(False):
        with torch.device("meta"):
            network = NoiseNetwork()
        weights = load(resource(_FILE).read_bytes())
        found = {name: each.float() for name, each in weights.items()}
        network.load_state_dict(found, assign=True)
    return network.eval().requires_grad_(False)
