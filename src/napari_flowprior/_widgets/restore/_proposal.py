"""What a diagnosis proposes: a degradation, its numbers, and a prior."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from napari_flowprior.restoration import (
    DEGRADATIONS,
    Auto,
    Diagnosis,
    Inpaint,
    Quantized,
    options,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_flowprior.restoration import Finding

__all__ = ["Proposal", "for_holes", "propose"]

_DIGITS = 3
# Trained on images of few photons, among others, at 8 to 16 bits.
_OF_CAMERAS = "microscopy"


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What to do about an image.

    Parameters
    ----------
    sentences : tuple of str
        What is wrong with it.
    degradation : str
        Name of the degradation.
    options : mapping
        Its fields that a look at the image tells.
    prior : str
        Name of a shipped prior, or "auto".
    found : Diagnosis or None
        What was measured, if anything was.
    """

    sentences: tuple[str, ...]
    degradation: str = Auto.name
    options: Mapping[str, Any] = field(default_factory=dict)
    prior: str = "auto"
    found: Diagnosis | None = None


def propose(found: Diagnosis) -> Proposal:
    """Find what to do about what is wrong.

    Parameters
    ----------
    found : Diagnosis
        What is wrong.

    Returns
    -------
    Proposal
        A degradation with its numbers if the image is of one kind, else "auto", which
        looks at each part of it when it is run.
    """
    return replace(_propose(found), found=found)


def _propose(found: Diagnosis) -> Proposal:
    parts = [part for part in found.findings if not part.constant]
    said = found.sentences
    if not any(part.noise_level for part in parts):
        return _without_noise(said, parts)
    if len(parts) > 1:
        why = "Its parts differ, so each is looked at when it is restored."
        return Proposal(sentences=(*said, why), prior=_prior(parts, found.axes))
    (part,) = parts
    return Proposal(
        sentences=said,
        degradation=part.degradation["name"],
        options=_numbers(part),
        prior=_prior(parts, found.axes),
    )


def for_holes(missing: int) -> Proposal:
    """Find what to do about an image with values that are NaN.

    Parameters
    ----------
    missing : int
        How many.

    Returns
    -------
    Proposal
        To fill them in.
    """
    values = "value is" if missing == 1 else "values are"
    said = f"{missing} {values} NaN, which are holes; nothing else was looked at."
    return Proposal(sentences=(said,), degradation=Inpaint.name)


def _without_noise(said: tuple[str, ...], parts: Sequence[Finding]) -> Proposal:
    if any(part.bad_pixels for part in parts):
        options = {"bad_pixels": True}
        return Proposal(sentences=said, degradation=Inpaint.name, options=options)
    if any(part.levels for part in parts):
        return Proposal(sentences=said, degradation=Quantized.name)
    if not parts:
        return Proposal(sentences=said)
    nothing = "Nothing was found that a restoration would undo."
    return Proposal(sentences=(*said, nothing))


def _numbers(part: Finding) -> dict[str, Any]:
    """Return the options of a degradation that were measured."""
    known = {**part.degradation, "sigma": part.noise_level}
    own = options(DEGRADATIONS[part.degradation["name"]])
    numbers = {
        option.name: _rounded(known[option.name])
        for option in own
        if known.get(option.name) is not None
    }
    # A map would contradict them.
    return numbers | {option.name: None for option in own if option.array == "image"}


def _rounded(number: Any) -> Any:
    return float(f"{number:.{_DIGITS}g}") if isinstance(number, float) else number


def _prior(parts: Sequence[Finding], axes: str) -> str:
    cameras = all(part.gain is not None for part in parts)
    return _OF_CAMERAS if cameras and "S" not in axes else "auto"
