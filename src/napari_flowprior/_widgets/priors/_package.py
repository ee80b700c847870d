"""Packages of bioimage.io, written in the background."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_flowprior._widgets import jobs

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

__all__ = ["SUFFIX", "write_package"]

SUFFIX = ".zip"
"""Suffix of packages."""


def write_package(
    path: Path, target: Path, sigma: float, licence: str = ""
) -> Generator[None, None, Path]:
    """Write the denoiser of a prior as a package, in place of a file that is there.

    Parameters
    ----------
    path : Path
        The prior.
    target : Path
        The package.
    sigma : float
        Noise level that it takes out, as a share of the range of intensities.
    licence : str
        Identifier of its licence; by default what the prior says.

    Yields
    ------
    None
        Before it is written.

    Returns
    -------
    Path
        The package.
    """
    from napari_flowprior.priors import FlowPrior, export_bioimageio

    yield
    jobs.obey_preferences()
    with jobs.quietly():
        export_bioimageio(
            FlowPrior.load(path), target, sigma=sigma, licence=licence, overwrite=True
        )
    return target
