"""The command line: ``napari-flowprior restore | info``."""

from napari_flowprior.cli._main import main

__all__ = ["main"]
