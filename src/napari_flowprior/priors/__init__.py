"""FlowPrior: a flow, what its intensities mean, where it comes from, and its file."""

from napari_flowprior.priors._bioimageio import export_bioimageio
from napari_flowprior.priors._check import Header
from napari_flowprior.priors._default import default_prior
from napari_flowprior.priors._file import read_header
from napari_flowprior.priors._frozen import FrozenFlow, Precision
from napari_flowprior.priors._info import PriorInfo
from napari_flowprior.priors._names import prior_path
from napari_flowprior.priors._prior import FlowPrior

__all__ = [
    "FlowPrior",
    "FrozenFlow",
    "Header",
    "Precision",
    "PriorInfo",
    "default_prior",
    "export_bioimageio",
    "prior_path",
    "read_header",
]
