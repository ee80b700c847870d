"""Which degradations can follow each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_flowprior._errors import InputError
from napari_flowprior.restoration.degradations._base import Degradation
from napari_flowprior.restoration.degradations._blur import Blur
from napari_flowprior.restoration.degradations._downsample import Downsample
from napari_flowprior.restoration.degradations._inpaint import Inpaint
from napari_flowprior.restoration.degradations._jpeg import JPEG
from napari_flowprior.restoration.degradations._noise import Noise
from napari_flowprior.restoration.degradations._poisson_gaussian import PoissonGaussian
from napari_flowprior.restoration.degradations._quantized import Quantized

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["check_order", "estimates"]

_LINEAR = (Blur, Downsample)
_NOISES = (Noise, PoissonGaussian, JPEG, Quantized)


def check_order(parts: Sequence[object]) -> None:
    """Refuse several degradations that cannot be restored together.

    Parameters
    ----------
    parts : sequence
        Degradations, the first one first.

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
    known = [_known(part, len(parts)) for part in parts]
    if len(known) > 1:
        _check_ends(known)
        _check_cameras(known)
        _check_holes(known)


def estimates(parts: Sequence[Degradation]) -> bool:
    """Tell whether white noise is to be estimated, all of it together.

    Parameters
    ----------
    parts : sequence of Degradation
        Several degradations.

    Returns
    -------
    bool
        If a `Noise` is not known, or if nothing is known of any noise.
    """
    if any(isinstance(part, _NOISES) for part in parts):
        return any(_is_open(part) for part in parts if isinstance(part, Noise))
    return any(part.sigma is None for part in parts if isinstance(part, _LINEAR))


def _is_open(noise: Noise) -> bool:
    return noise.sigma is None and noise.map is None


def _known(part: object, count: int) -> Degradation:
    if not isinstance(part, Degradation):
        raise InputError(
            f"{part!r} is no degradation; pass such as Blur(gaussian=2) or Noise(5)."
        )
    if count > 1 and not part.combines:
        raise InputError(
            f"{part.name} cannot be one of several degradations; restore it by itself."
        )
    return part


def _check_ends(parts: Sequence[Degradation]) -> None:
    """Check that rounding and holes come last, and only once."""
    if sum(isinstance(part, JPEG | Quantized) for part in parts) > 1:
        raise InputError(
            "An image is compressed, or rounded to few levels, once; leave out all but "
            "the last of jpeg and quantized."
        )
    ranks = [_rank(part) for part in parts]
    for part, rank, following in zip(parts, ranks, ranks[1:], strict=False):
        if rank > following or rank == 2:
            raise InputError(
                f"{part.name} is followed by another degradation; put jpeg or "
                "quantized after all others, and inpaint last, once."
            )


def _rank(part: Degradation) -> int:
    return 2 if isinstance(part, Inpaint) else int(isinstance(part, JPEG | Quantized))


def _check_cameras(parts: Sequence[Degradation]) -> None:
    """Check that noise of a camera, or of a map, is that of the image as it is."""
    if len([part for part in parts if isinstance(part, PoissonGaussian)]) > 1:
        raise InputError(
            "There is one camera only; leave out all but one poisson-gaussian."
        )
    compressed = any(isinstance(part, JPEG) for part in parts)
    if compressed and any(map(_is_open_camera, parts)):
        raise InputError(
            "JPEG takes away what the noise of a camera would be estimated from; give "
            "gain, offset and read_noise of the poisson-gaussian."
        )
    for number, part in enumerate(parts):
        if not any(isinstance(later, _LINEAR) for later in parts[number:]):
            return
        if isinstance(part, Noise) and part.map is not None:
            raise InputError(
                "A noise map is one of the image as it is; put the noise after blur "
                "and downsample, or give its level sigma."
            )
        if _is_open_camera(part):
            raise InputError(
                "The noise of a camera cannot be estimated after the image was blurred "
                "or made smaller; give gain, offset and read_noise."
            )


def _check_holes(parts: Sequence[Degradation]) -> None:
    if not isinstance(parts[-1], Inpaint):
        return
    if estimates(parts) or any(map(_is_open_camera, parts)):
        raise InputError(
            "Noise cannot be estimated in an image with holes; say how strong it is, "
            "with sigma=0 if there is none."
        )


def _is_open_camera(part: Degradation) -> bool:
    if not isinstance(part, PoissonGaussian):
        return False
    return None in (part.gain, part.offset, part.read_noise)
