"""Which degradations can follow each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_flowprior._errors import InputError
from napari_flowprior.restoration.degradations._base import Degradation

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["check_order", "estimates"]


def check_order(parts: Sequence[object]) -> tuple[Degradation, ...]:
    """Refuse several degradations that cannot be restored together.

    Parameters
    ----------
    parts : sequence
        Degradations, the first one first; also several as one.

    Returns
    -------
    tuple of Degradation
        The same, one by one.

    Raises
    ------
    InputError
        If there is none, or one that cannot be where it is.
    """
    if not parts:
        raise InputError(
            "Nothing happened to the image; pass degradations, such as "
            "Compose(Blur(gaussian=2), Noise(sigma=5))."
        )
    known = tuple(step for part in parts for step in _known(part).steps)
    if len(known) > 1:
        _check_each(known)
        _check_ends(known)
        _check_cameras(known)
        _check_holes(known)
    return known


def estimates(parts: Sequence[Degradation]) -> bool:
    """Tell whether white noise is to be estimated, all of it together.

    Parameters
    ----------
    parts : sequence of Degradation
        Several degradations.

    Returns
    -------
    bool
        If noise is not known that is even, or if nothing is known of any noise.
    """
    noisy = [part for part in parts if not part.linear and not part.masks]
    return any(part.open and not part.camera for part in noisy or parts)


def _known(part: object) -> Degradation:
    if not isinstance(part, Degradation):
        raise InputError(
            f"{part!r} is no degradation; pass such as Blur(gaussian=2) or Noise(5)."
        )
    return part


def _check_each(parts: Sequence[Degradation]) -> None:
    if alone := [part.name for part in parts if not part.combines]:
        raise InputError(
            f"{alone[0]} cannot be one of several degradations; restore it by itself."
        )


def _check_ends(parts: Sequence[Degradation]) -> None:
    """Check that rounding and holes come last, and only once."""
    rounding = [part.name for part in parts if part.rounds]
    if len(rounding) > 1:
        raise InputError(
            "An image is compressed, or rounded to few levels, once; leave out all but "
            f"the last of {' and '.join(dict.fromkeys(rounding))}."
        )
    ranks = [2 if part.masks else int(part.rounds) for part in parts]
    for part, rank, following in zip(parts, ranks, ranks[1:], strict=False):
        if rank > following or rank == 2:
            raise InputError(
                f"{part.name} is followed by another degradation; put jpeg or "
                "quantized after all others, and inpaint last, once."
            )


def _check_cameras(parts: Sequence[Degradation]) -> None:
    """Check that noise of a camera, or of a map, is that of the image as it is."""
    cameras = [part for part in parts if part.camera]
    if len(cameras) > 1:
        raise InputError(
            f"There is one camera only; leave out all but one {cameras[0].name}."
        )
    if any(part.hides_noise for part in parts) and any(c.open for c in cameras):
        raise InputError(
            "JPEG takes away what the noise of a camera would be estimated from; give "
            "gain, offset and read_noise of the poisson-gaussian."
        )
    for number, part in enumerate(parts):
        if not any(later.linear for later in parts[number:]):
            return
        if part.uneven:
            raise InputError(
                "A noise map is one of the image as it is; put the noise after blur "
                "and downsample, or give its level sigma."
            )
        if part.camera and part.open:
            raise InputError(
                "The noise of a camera cannot be estimated after the image was blurred "
                "or made smaller; give gain, offset and read_noise."
            )


def _check_holes(parts: Sequence[Degradation]) -> None:
    if not parts[-1].masks:
        return
    if estimates(parts) or any(part.camera and part.open for part in parts):
        raise InputError(
            "Noise cannot be estimated in an image with holes; say how strong it is, "
            "with sigma=0 if there is none."
        )
