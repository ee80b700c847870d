"""Noisy observations of clean patches, as cameras and files make them.

What a denoiser is trained on decides what it can remove. Real noise is rarely white and
of one level: it is correlated by demosaicing, resampling and registration, cut off at
black and white, made of few photons, uneven, and misjudged by whoever states its level.
"""

from napari_flowprior.training.observations._conditions import Conditions
from napari_flowprior.training.observations._observe import Observation, observe

__all__ = ["Conditions", "Observation", "observe"]
