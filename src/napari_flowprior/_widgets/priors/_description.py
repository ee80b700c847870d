"""What is known of a prior, for people."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from napari_flowprior._widgets.priors._library import Entry

__all__ = ["describe"]

_COLOURS = {1: "grey images and single channels", 3: "colour images"}
_FIGURES = {
    "held_out_bits_per_dim": "Bits per dimension of images held out",
    "held_out_psnr_at_sigma_25": "PSNR of them, at noise of level 25",
    "steps": "Steps of training",
    "images": "Images of training",
}
_MOST_SOURCES = 3


def describe(entry: Entry) -> str:
    """Say what is known of a prior.

    Parameters
    ----------
    entry : Entry
        The prior.

    Returns
    -------
    str
        Lines, the most important ones first; what is wrong if it is damaged.
    """
    if entry.info is None:
        return entry.problem
    info = entry.info
    lines = [
        info.description or info.name,
        f"For: {_COLOURS.get(entry.channels, f'{entry.channels} channels')}",
        _noise(info.sigma_min, info.sigma_max),
        *filter(None, [info.restriction]),
        f"Intensities: {info.normalisation}",
        f"Licence: {info.licence or 'not stated'}",
        *_figures(info.training),
        f"File: {entry.path}",
        *_sources(info.sources),
    ]
    return "\n".join(lines)


def _noise(sigma_min: float, sigma_max: float) -> str:
    if not sigma_max:
        return "Noise: it knows no levels, so that only slow estimators use it"
    least, most = f"{255 * sigma_min:.3g}", f"{255 * sigma_max:.3g} of 255"
    if sigma_min:
        return f"Noise: from a level of {least} to {most}"
    return f"Noise: up to a level of {most}"


def _figures(training: dict[str, Any]) -> list[str]:
    known = [(label, training.get(name)) for name, label in _FIGURES.items()]
    return [f"{label}: {n:.5g}" for label, n in known if isinstance(n, Real)]


def _sources(sources: tuple[str, ...]) -> list[str]:
    if not sources:
        return []
    count = f"{len(sources)} sources, such as" if len(sources) > _MOST_SOURCES else ""
    return [f"Trained on: {count}".rstrip(), *sources[:_MOST_SOURCES]]
