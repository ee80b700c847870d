"""The flow model: an exact, invertible density of image tiles.

Depends on torch alone; it knows nothing of files, tiles or napari. Marks: [R] is a
reconstruction of something the paper's supplement leaves open.
"""

from napari_flowprior.flow._base import Bijection
from napari_flowprior.flow._bound import bounded
from napari_flowprior.flow._config import PRESETS, FlowConfig
from napari_flowprior.flow._coupling import AffineCoupling
from napari_flowprior.flow._layers import ActNorm, InvertibleConv1x1, Squeeze
from napari_flowprior.flow._multiscale import MultiscaleFlow
from napari_flowprior.flow._networks import NoiseEmbedding
from napari_flowprior.flow._priors import (
    ContextEncoder,
    GaussianBase,
    LearnedGaussian,
)
from napari_flowprior.flow._pyramid import Decoded, LatentPyramid
from napari_flowprior.flow._score_network import ScoreNetwork
from napari_flowprior.flow._spread import SpreadBlack, SpreadBlackAndWhite
from napari_flowprior.flow._struck import without_struck

__all__ = [
    "PRESETS",
    "ActNorm",
    "AffineCoupling",
    "Bijection",
    "ContextEncoder",
    "Decoded",
    "FlowConfig",
    "GaussianBase",
    "InvertibleConv1x1",
    "LatentPyramid",
    "LearnedGaussian",
    "MultiscaleFlow",
    "NoiseEmbedding",
    "ScoreNetwork",
    "SpreadBlack",
    "SpreadBlackAndWhite",
    "Squeeze",
    "bounded",
    "without_struck",
]
