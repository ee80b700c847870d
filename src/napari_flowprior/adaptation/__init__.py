"""Adapting a prior to noisy images, without a clean one."""

from napari_flowprior.adaptation._adapt import adapt, iter_adapt
from napari_flowprior.adaptation._learner import AdaptResult

__all__ = ["AdaptResult", "adapt", "iter_adapt"]
