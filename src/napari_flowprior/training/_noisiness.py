"""Whether images are clean enough to learn from, as a look at some of them tells."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from napari_flowprior._errors import InputError
from napari_flowprior._generators import Run, relay
from napari_flowprior.data import evenly_spaced
from napari_flowprior.restoration import iter_diagnose
from napari_flowprior.training.patches import ImageCache, find_images, view_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_flowprior.data import PlaneView
    from napari_flowprior.restoration import Finding
    from napari_flowprior.training.patches import TrainingImage

__all__ = [
    "Noisiness",
    "NoisyImagesError",
    "Progress",
    "iter_noisiness",
    "measure_noisiness",
]

# How many planes are looked at, and the side of what is seen of each.
_LOOKS, _SIDE = 6, 256
# Of smaller images a look tells too little.
_SMALLEST = 64
# Noise from this share of the range of intensities on is learnt, see
# `benchmarks/noisiness.py`: less of it is left in means of fifty exposures.
_SHOWS = 0.025
# Part of the planes that may be noisy, or be taken for noisy because of their texture.
_FEW = 0.25
_RANGE = (0.1, 99.9)
_CACHE = 2**28

Progress = tuple[int, int, str]
"""Planes looked at, planes in all, and the name of the next."""


@dataclass(frozen=True, kw_only=True)
class Noisiness:
    """How noisy images are, as the diagnosis of some of them says.

    Parameters
    ----------
    looked_at : int
        Planes that were looked at; 0 if all are smaller than 64 pixels.
    noisy : int
        How many of them have noise of 2.5 % of the range of intensities, or more.
    level : float
        Median of their noise levels, as a share of that range.
    example : str
        What was found in the noisiest of them, in a sentence.
    sigmas : tuple of float
        Their noise levels, in units of the images.
    white : bool
        Whether all of the noise is white, and of one level at all intensities.
    """

    looked_at: int
    noisy: int
    level: float
    example: str
    sigmas: tuple[float, ...] = ()
    white: bool = True

    @property
    def clean(self) -> bool:
        """Whether no more than one in four has noise that shows."""
        return self.noisy <= _FEW * self.looked_at

    @property
    def sentence(self) -> str:
        """What was found, for a person."""
        if not self.looked_at:
            return "The images are too small to tell whether they are noisy."
        if not self.noisy:
            return f"No noise that shows was found in {_planes(self.looked_at)}."
        found = f"{self.noisy} of {_planes(self.looked_at)}"
        if self.clean:
            seem = "seems" if self.noisy == 1 else "seem"
            return f"Only {found} {seem} to be noisy."
        share = f"{100 * self.level:.2g} %"
        return (
            f"The images are noisy: noise shows in {found}, at a median level of "
            f"{share} of their range. {self.example}"
        )


class NoisyImagesError(InputError):
    """Images are too noisy to be learned from as if they were clean.

    Parameters
    ----------
    found : Noisiness
        What a look at them found.
    """

    def __init__(self, found: Noisiness) -> None:
        self.found = found
        super().__init__(
            f'{self.why} Pass images="noisy" to adapt a prior to them as they are, or '
            "insist=True to train as if they were clean."
        )

    @property
    def why(self) -> str:
        """What was found, and what would come of it."""
        return (
            f"{self.found.sentence} A prior trained on them would take their noise for "
            "a part of images."
        )


class _Look(NamedTuple):
    """A part of a plane, and what was found in it: its noise in its own units."""

    values: NDArray[np.float64]
    level: float
    sentence: str
    white: bool


def measure_noisiness(
    data: Sequence[str | Path | TrainingImage],
    *,
    axes: str | None = None,
    device: str = "auto",
) -> Noisiness:
    """Tell whether images are clean enough to train on.

    Parameters
    ----------
    data : sequence
        Files, folders, patterns and `TrainingImage`, as for `TrainJob`.
    axes : str, optional
        Letters of the axes of all files; by default each file's own.
    device : str
        "auto", "cuda", "mps" or "cpu".

    Returns
    -------
    Noisiness
        What a look at six of their planes finds.

    Raises
    ------
    InputError
        If one of the data stands for nothing.

    Examples
    --------
    >>> from skimage import data
    >>> from napari_flowprior.training import TrainingImage, measure_noisiness
    >>> image = TrainingImage(data.camera()[90:154, 215:279], "YX", "the photographer")
    >>> measure_noisiness([image]).clean
    True
    """
    images = ImageCache(find_images(data), axes, _CACHE)
    return iter_noisiness(images, device).result


def iter_noisiness(
    images: ImageCache, device: str = "auto"
) -> Run[Progress, Noisiness]:
    """Tell whether images are clean enough to train on, step by step.

    Parameters
    ----------
    images : ImageCache
        The images; those that cannot be read are passed over.
    device : str
        "auto", "cuda", "mps" or "cpu".

    Returns
    -------
    Run
        To be iterated for tuples: planes looked at, planes in all, and the name of the
        next. Its ``result`` is the `Noisiness` that a look at some planes finds.

    Examples
    --------
    >>> from skimage import data
    >>> from napari_flowprior.training import TrainingImage, iter_noisiness
    >>> from napari_flowprior.training.patches import ImageCache
    >>> image = TrainingImage(data.camera()[90:154, 215:279], "YX", "the photographer")
    >>> for done, total, name in iter_noisiness(ImageCache([image], None, 2**20)):
    ...     pass  # the place to show how far it is
    >>> total
    1
    """
    return Run(_looked_at(images, device))


def _looked_at(images: ImageCache, device: str) -> Generator[Progress, None, Noisiness]:
    looks = []
    places = list(_places(images))
    for number, (index, sample) in enumerate(places):
        progress = number, len(places), images.name(index)
        yield progress
        try:
            run = _look(view_of(images[index]), sample, device)
            looks.append((yield from relay(run, progress)))
        except (InputError, OSError):
            continue
    return _conclude(looks)


def _places(images: ImageCache) -> Iterator[tuple[int, int]]:
    """Spread looks over images, and over planes of images that are few."""
    chosen = evenly_spaced(len(images), _LOOKS)
    each = ceil(_LOOKS / max(1, len(chosen)))
    for index in chosen:
        try:
            view = view_of(images[index])
        except (InputError, OSError):
            continue
        if min(view.shape) >= _SMALLEST:
            yield from ((index, sample) for sample in _spread(view.samples, each))


def _spread(number: int, most: int) -> list[int]:
    """Choose places in the middles of equal parts."""
    parts = min(number, most)
    return [int((k + 0.5) * number / parts) for k in range(parts)]


def _look(view: PlaneView, sample: int, device: str) -> Generator[object, None, _Look]:
    """Diagnose the middle of a plane."""
    ys, xs = (_middle(side) for side in view.shape)
    planes = view.read(sample, ys, xs, view.dtype)
    image = planes[0] if len(planes) == 1 else np.moveaxis(planes, 0, -1)
    axes = "YX" if len(planes) == 1 else "YXS"
    diagnosis = yield from iter_diagnose(image, axes=axes, device=device)
    values = image.astype(np.float64)
    levels = [_level(finding, values) for finding in diagnosis.findings]
    white = all(map(_white, diagnosis.findings))
    return _Look(values.ravel(), max(levels), diagnosis.sentences[0], white)


def _middle(side: int) -> slice:
    # Blocks of JPEG lie where they were.
    start = max(0, side - _SIDE) // 2 // 16 * 16
    return slice(start, min(side, start + _SIDE))


def _white(finding: Finding) -> bool:
    """Tell whether noise is that of a Gaussian and of nothing else, if there is any."""
    bound = finding.gain is not None or finding.levels_at is not None
    return not bound and finding.excess is None


def _level(finding: Finding, values: NDArray[np.float64]) -> float:
    """Return the noise level; of a camera's noise, the root of its mean variance."""
    if finding.gain is None or finding.offset is None:
        # Artefacts of JPEG, of which no correlation is told, are none.
        return 0.0 if finding.correlation is None else finding.noise_level
    light = max(float(values.mean()) - finding.offset, 0.0)
    return float(np.hypot(np.sqrt(finding.gain * light), finding.read_noise or 0.0))


def _conclude(looks: list[_Look]) -> Noisiness:
    if not looks:
        return Noisiness(looked_at=0, noisy=0, level=0.0, example="")
    # Of all that is seen: a plain part of an image is no measure of its own.
    ends = [np.percentile(look.values, _RANGE) for look in looks]
    width = max(high for _, high in ends) - min(low for low, _ in ends)
    shares = [look.level / width if width > 0 else 0.0 for look in looks]
    noisiest = looks[int(np.argmax(shares))]
    return Noisiness(
        looked_at=len(looks),
        noisy=int(np.sum(np.array(shares) >= _SHOWS)),
        level=float(np.median(shares)),
        example=noisiest.sentence,
        sigmas=tuple(look.level for look in looks),
        white=all(look.white for look in looks),
    )


def _planes(number: int) -> str:
    return f"{number} plane{'' if number == 1 else 's'} looked at"
