"""The priors of the user: installed, described, exported and deleted."""

from napari_flowprior._widgets.priors._library import (
    Entry,
    delete,
    entries,
    export,
    install,
)
from napari_flowprior._widgets.priors._manager import PriorsWidget
from napari_flowprior._widgets.priors._reader import get_prior_reader

__all__ = [
    "Entry",
    "PriorsWidget",
    "delete",
    "entries",
    "export",
    "get_prior_reader",
    "install",
]
