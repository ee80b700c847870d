"""Adapting a prior to noisy images, without a clean one."""

from napari_flowprior.adaptation._adapt import adapt, iter_adapt
from napari_flowprior.adaptation._cost import AdaptCost, adaptation_cost
from napari_flowprior.adaptation._learner import AdaptResult

__all__ = ["AdaptCost", "AdaptResult", "adapt", "adaptation_cost", "iter_adapt"]
