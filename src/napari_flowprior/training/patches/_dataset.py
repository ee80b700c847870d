"""Patches drawn lazily from images of any kind and size."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from napari_flowprior._errors import InputError
from napari_flowprior.training.drawings import draw_patch
from napari_flowprior.training.patches._config import PatchConfig
from napari_flowprior.training.patches._images import ImageCache, view_of
from napari_flowprior.training.patches._planes import Regions
from napari_flowprior.training.patches._reading import (
    Scale,
    activity,
    augmented,
    has_content,
    read_patch,
)
from napari_flowprior.training.patches._summary import DataSummary

if TYPE_CHECKING:
    from collections.abc import Generator

    from numpy.typing import NDArray

    from napari_flowprior.training.patches._planes import Place

__all__ = ["PatchSource", "TrainingData"]

_TRIES = 5000
_UNKNOWN = DataSummary(images=0, planes=0)


class PatchSource(Protocol):
    """Where the patches of a training come from."""

    @property
    def channels(self) -> int:
        """Channels C of a patch: 1 or 3."""

    @property
    def size(self) -> int:
        """Side of a patch in pixels."""

    @property
    def quantum(self) -> float:
        """Spacing of the values of the data, in units of the normalised range."""

    @property
    def normalisation(self) -> str:
        """What the unit range stands for."""

    def draw(self, rng: np.random.Generator) -> NDArray[np.float32]:
        """Draw a patch (C, size, size); all that is random comes from `rng`."""

    def held_out(self, number: int) -> NDArray[np.float32]:
        """Return the same held-out patches every time, (at most `number`, C, ...)."""


@dataclass(frozen=True, eq=False)
class TrainingData:
    """Patches of images, drawn uniformly over their area.

    Parameters
    ----------
    images : ImageCache
        The images.
    config : PatchConfig
        Size and choice of patches.
    channels : int
        Channels C of a patch: 1 or 3.
    scale : Scale
        How values are normalised.
    training, validation : Regions
        Where patches are drawn, and where those that are held out.
    summary : DataSummary
        What there is.
    """

    images: ImageCache
    config: PatchConfig
    channels: int
    scale: Scale
    training: Regions
    validation: Regions
    summary: DataSummary = _UNKNOWN

    @property
    def size(self) -> int:
        """Side of a patch in pixels."""
        return self.config.size

    @property
    def quantum(self) -> float:
        """Spacing of the values of the data, in units of the normalised range."""
        return self.scale.quantum

    @property
    def normalisation(self) -> str:
        """What the unit range stands for."""
        return (
            f"[0, 1] is {self.scale.low:.6g} to {self.scale.high:.6g} of the training "
            f"data ({self.summary.dtype})"
        )

    def draw(self, rng: np.random.Generator) -> NDArray[np.float32]:
        """Draw a patch.

        Some are drawings. Of the others smooth ones are mostly passed over, those of a
        single value always, and so are those that hold NaN or cannot be read from a
        file that is there.

        Parameters
        ----------
        rng : numpy.random.Generator
            The only source of randomness.

        Returns
        -------
        ndarray, shape (C, size, size)
            Normalised intensities.

        Raises
        ------
        InputError
            If none is found, or a file is gone.
        """
        if self.config.drawn and rng.random() < self.config.drawn:
            return draw_patch(rng, self.size, self.channels)
        return next(patch for patch in self.tries(rng) if patch is not None)

    def tries(self, rng: np.random.Generator) -> Generator[NDArray[np.float32] | None]:
        """Try to draw a patch until one will do.

        Parameters
        ----------
        rng : numpy.random.Generator
            The only source of randomness.

        Yields
        ------
        ndarray, shape (C, size, size), or None
            None after each try that failed, then a patch.

        Raises
        ------
        InputError
            If none is found, or a file is gone.
        """
        failure: Exception | None = None
        for _ in range(_TRIES):
            place = self.training.draw(rng)
            try:
                patch = self._read(place)
            except (InputError, OSError) as error:
                self.images.check_there(place.image)
                failure, patch = error, None
            if patch is not None and self._keeps(patch, rng):
                yield augmented(patch, self.config.augment, rng)
                return
            yield None
        raise InputError(self._fruitless(failure))

    def _keeps(self, patch: NDArray[np.float32], rng: np.random.Generator) -> bool:
        if activity(patch) >= self.config.smooth:
            return True
        return bool(rng.random() < self.config.keep_smooth)

    def _fruitless(self, failure: Exception | None) -> str:
        if failure is not None:
            return f"No patch can be drawn from the images; the last failure: {failure}"
        return (
            f"No patch of {self.size}x{self.size} pixels has any content: the images "
            "show a single value nearly everywhere. Choose other images."
        )

    def held_out(self, number: int) -> NDArray[np.float32]:
        """Return held-out patches: uniformly drawn, not turned, the same every time.

        Parameters
        ----------
        number : int
            How many, at most.

        Returns
        -------
        ndarray, shape (at most `number`, C, size, size)
            Normalised intensities; fewer where most patches are of a single value.

        Raises
        ------
        InputError
            If all are.
        """
        rng = np.random.default_rng(0)
        drawn = round(number * self.config.drawn)
        found = [draw_patch(rng, self.size, self.channels) for _ in range(drawn)]
        tries = 0
        while len(found) < number and tries < _TRIES:
            batch = min(number - len(found), _TRIES - tries)
            found += self._read_all([self.validation.draw(rng) for _ in range(batch)])
            tries += batch
        if not found:
            raise InputError(
                "No held-out patch has any content; choose other images for validation."
            )
        return np.stack(found)

    def _read_all(self, places: list[Place]) -> list[NDArray[np.float32]]:
        """Read those patches that will do, image after image."""
        found: dict[int, NDArray[np.float32]] = {}
        for number in sorted(range(len(places)), key=lambda n: places[n].image):
            with suppress(InputError, OSError):
                patch = self._read(places[number])
                found |= {} if patch is None else {number: patch}
        return [found[number] for number in sorted(found)]

    def _read(self, place: Place) -> NDArray[np.float32] | None:
        """Read a patch, or None where there is no image, or one of a single value."""
        image = self.images[place.image]
        view = view_of(image)
        values = read_patch(view, place, self.size, self.channels, image.fill)
        if values is None or not has_content(values):
            return None
        return self.scale.normalise(values)
