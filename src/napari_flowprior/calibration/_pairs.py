"""Pairs of images in a folder: one as it comes, one as it should be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_flowprior._errors import InputError
from napari_flowprior.data import expand_inputs, parse_axes, read_image

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["Pair", "find_pairs"]

_NOISY, _CLEAN = "noisy", "clean"
# How much brighter on the whole a long exposure may be, in its deviation.
_SAME = 0.5


@dataclass(frozen=True, eq=False)
class Pair:
    """An image as the instrument gives it, and the same scene as it should be.

    Parameters
    ----------
    noisy, clean : Path or array_like
        Files or arrays of the same shape and in the same units; the second may be a
        long exposure, or the mean of many.
    name : str
        What messages call it.
    regions : Path, array_like or None
        Labels of regions, 0 for none, whose sums are to be calibrated as well.
    """

    noisy: Any
    clean: Any
    name: str = "pair"
    regions: Any = None

    def read(self, axes: str | None) -> tuple[NDArray[Any], NDArray[Any], str | None]:
        """Read both, and the letters of their axes.

        Parameters
        ----------
        axes : str or None
            Letters, in place of those of the files.

        Returns
        -------
        tuple
            Noisy image, clean image, and their axes if they are known.

        Raises
        ------
        InputError
            If they cannot be read, are of different shapes, or of different units.
        """
        noisy, found = _read(self.noisy)
        clean, _ = _read(self.clean)
        if noisy.shape != clean.shape:
            raise InputError(
                f"{self.name}: the images have the shapes {noisy.shape} and "
                f"{clean.shape}; a pair shows the same pixels."
            )
        _check_units(self.name, noisy, clean)
        axes = axes or found
        return noisy, clean, axes and parse_axes(axes, noisy.shape)

    def read_regions(self) -> NDArray[Any] | None:
        """Read the labels of regions, if there are any.

        Returns
        -------
        ndarray or None
            The labels.
        """
        return None if self.regions is None else _read(self.regions)[0]


def _read(source: Any) -> tuple[NDArray[Any], str | None]:
    if isinstance(source, str | Path):
        file = read_image(Path(source))
        return np.asarray(file.array), file.axes
    return np.asarray(source), None


def _check_units(name: str, noisy: NDArray[Any], clean: NDArray[Any]) -> None:
    """Refuse sums of exposures, and other gains."""
    means = float(np.mean(noisy)), float(np.mean(clean))
    spread = max(float(np.std(noisy)), float(np.std(clean)))
    if abs(means[0] - means[1]) > _SAME * spread:
        raise InputError(
            f"{name}: the mean intensities are {means[0]:.4g} and {means[1]:.4g}; both "
            "must be in the same units: take the mean of exposures, not their sum."
        )


def find_pairs(folder: str | Path, regions: str | Path | None = None) -> list[Pair]:
    """Find the pairs of a folder.

    Parameters
    ----------
    folder : str or Path
        With files ``NAME_noisy.SUFFIX`` and ``NAME_clean.SUFFIX``; or with folders
        ``noisy`` and ``clean`` that hold files of the same names.
    regions : str or Path, optional
        Folder with the labels of the regions of each pair, ``NAME.SUFFIX``.

    Returns
    -------
    list of Pair
        In the order of their names.

    Raises
    ------
    InputError
        If there are none, or one lacks its other half.

    Examples
    --------
    >>> from pathlib import Path
    >>> from napari_flowprior.calibration import find_pairs
    >>> for name in ("a_noisy.tif", "a_clean.tif", "b_noisy.tif", "b_clean.tif"):
    ...     Path(name).touch()
    >>> [pair.name for pair in find_pairs(".")]
    ['a', 'b']
    """
    place = Path(folder).expanduser()
    if not place.is_dir():
        raise InputError(f"{place} is no folder; name the one that holds the pairs.")
    noisy, clean = _halves(place)
    alone = sorted(set(noisy) ^ set(clean))
    if alone:
        half = noisy.get(alone[0], clean.get(alone[0]))
        raise InputError(f"{half} has no other half; add it, or take this one away.")
    if not noisy:
        raise InputError(
            f"{place} holds no pairs; name files NAME_{_NOISY}.tif and "
            f"NAME_{_CLEAN}.tif, or put them into folders {_NOISY} and {_CLEAN}."
        )
    labels = {} if regions is None else _labels(Path(regions).expanduser(), noisy)
    return [
        Pair(noisy[name], clean[name], name, labels.get(name)) for name in sorted(noisy)
    ]


def _labels(place: Path, names: Iterable[str]) -> dict[str, Path]:
    if not place.is_dir():
        raise InputError(f"{place} is no folder; name the one that holds the labels.")
    found = {path.stem: path for path in expand_inputs([place])}
    if lacking := sorted(set(names) - set(found)):
        raise InputError(
            f"{place} has no labels for the pair {lacking[0]}; name them "
            f"{lacking[0]}.tif."
        )
    return found


def _halves(place: Path) -> tuple[dict[str, Path], dict[str, Path]]:
    if (place / _NOISY).is_dir() and (place / _CLEAN).is_dir():
        noisy, clean = (expand_inputs([place / half]) for half in (_NOISY, _CLEAN))
        return ({p.stem: p for p in noisy}, {p.stem: p for p in clean})
    images = expand_inputs([place])
    return _ending(images, _NOISY), _ending(images, _CLEAN)


def _ending(images: list[Path], half: str) -> dict[str, Path]:
    end = f"_{half}"
    return {p.stem.removesuffix(end): p for p in images if p.stem.endswith(end)}
