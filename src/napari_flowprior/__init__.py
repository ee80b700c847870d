"""Restore images with normalizing-flow priors, from Python, a shell or napari."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from napari_flowprior._version import version

if TYPE_CHECKING:
    from napari_flowprior.adaptation import adapt, iter_adapt
    from napari_flowprior.priors import FlowPrior
    from napari_flowprior.restoration import (
        Diagnosis,
        RestoreOptions,
        Run,
        RunOptions,
        diagnose,
        iter_diagnose,
        iter_log_prob_map,
        iter_posterior,
        iter_restore,
        log_prob_map,
        posterior,
        restore,
    )
    from napari_flowprior.training import TrainJob, iter_train, train

    __version__: str

__all__ = [
    "Diagnosis",
    "FlowPrior",
    "RestoreOptions",
    "Run",
    "RunOptions",
    "TrainJob",
    "__version__",
    "adapt",
    "diagnose",
    "iter_adapt",
    "iter_diagnose",
    "iter_log_prob_map",
    "iter_posterior",
    "iter_restore",
    "iter_train",
    "log_prob_map",
    "posterior",
    "restore",
    "train",
]

_HOMES = {
    "Diagnosis": "napari_flowprior.restoration",
    "FlowPrior": "napari_flowprior.priors",
    "RestoreOptions": "napari_flowprior.restoration",
    "Run": "napari_flowprior.restoration",
    "RunOptions": "napari_flowprior.restoration",
    "TrainJob": "napari_flowprior.training",
    "adapt": "napari_flowprior.adaptation",
    "diagnose": "napari_flowprior.restoration",
    "iter_adapt": "napari_flowprior.adaptation",
    "iter_diagnose": "napari_flowprior.restoration",
    "iter_log_prob_map": "napari_flowprior.restoration",
    "iter_posterior": "napari_flowprior.restoration",
    "iter_restore": "napari_flowprior.restoration",
    "iter_train": "napari_flowprior.training",
    "log_prob_map": "napari_flowprior.restoration",
    "posterior": "napari_flowprior.restoration",
    "restore": "napari_flowprior.restoration",
    "train": "napari_flowprior.training",
}


def __getattr__(name: str) -> object:
    # Lazy, so that importing the package loads neither torch nor napari nor Qt.
    if name == "__version__":
        return version()
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
