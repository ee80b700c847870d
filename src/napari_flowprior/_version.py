"""The version of the installed package."""

from importlib.metadata import version as _installed

__all__ = ["version"]


def version() -> str:
    """Return the version of the installed package.

    Returns
    -------
    str
        Such as "0.1.0".
    """
    return _installed("napari-flowprior")
