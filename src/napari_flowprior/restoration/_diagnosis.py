"""Say what is wrong with an image: `diagnose` and its generator form."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from napari_flowprior._device import resolve_device
from napari_flowprior._errors import InputError
from napari_flowprior._generators import Run
from napari_flowprior.restoration._diagnosis_figure import draw
from napari_flowprior.restoration.degradations import Auto
from napari_flowprior.restoration.degradations._bad_pixels import find_bad_pixels
from napari_flowprior.restoration.engine import Finding, RestoreEvent, RunOptions
from napari_flowprior.restoration.engine._finding import find, find_quality
from napari_flowprior.restoration.engine._middle import middle_of
from napari_flowprior.restoration.engine._parts import survey_parts
from napari_flowprior.restoration.engine._sentences import (
    say_differences,
    say_noise,
    say_others,
)
from napari_flowprior.restoration.engine._setup import open_image
from napari_flowprior.restoration.engine._survey import errors_named

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    import numpy as np
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from napari_flowprior.data import PlaneView
    from napari_flowprior.priors import FlowPrior

__all__ = ["Diagnosis", "diagnose", "iter_diagnose"]

_SMALLEST_SIDE = 8
# Pixels of the planes of an image in all, above which bad ones are not searched for.
_MOST_PIXELS = 2**24
# Parts of an image that are told one by one.
_FEW = 4


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """What is wrong with an image.

    Parameters
    ----------
    axes : str
        Letters of the axes of the image.
    prior : str
        Name of the prior that was asked.
    findings : tuple of Finding
        One for each channel, and for each plane of a channel whose planes differ.
    middle : tuple of int or None
        Rows and columns of the middle of the planes, if no more was looked at.
    """

    axes: str
    prior: str
    findings: tuple[Finding, ...]
    middle: tuple[int, int] | None = None

    @property
    def sentences(self) -> tuple[str, ...]:
        """What was found, a sentence each; those of a part begin with its place."""
        told: dict[str, list[Finding]] = {}
        several = say_differences(self.findings, _FEW)
        for finding in self.findings:
            noise = say_noise(finding)
            if several and not finding.constant:
                noise = several
            for sentence in (noise, *say_others(finding)):
                told.setdefault(sentence, []).append(finding)
        said = [self._where(parts) + sentence for sentence, parts in told.items()]
        if self.middle is not None:
            rows, columns = self.middle
            said.append(f"Only the middle {rows}x{columns} pixels were looked at.")
        return tuple(said)

    def as_dict(self) -> dict[str, Any]:
        """Return all of it, JSON-able.

        Returns
        -------
        dict
            ``axes``, ``prior``, ``middle``, ``findings`` and ``sentences``.
        """
        return {
            "axes": self.axes,
            "prior": self.prior,
            "middle": None if self.middle is None else list(self.middle),
            "findings": [_plain(asdict(finding)) for finding in self.findings],
            "sentences": list(self.sentences),
        }

    def plot(self, columns: int = 2) -> Figure:
        """Draw the noise curves and the autocorrelations; matplotlib does it.

        Parameters
        ----------
        columns : int
            2 for plots beside each other, 1 for plots below each other.

        Returns
        -------
        matplotlib.figure.Figure
            Two plots for each of the first four findings: the level of the noise by
            intensity, as measured and as explained, and the correlation of the noise
            of pixels some pixels apart. ``savefig`` writes it.

        Raises
        ------
        InputError
            If matplotlib is not installed, or there is another number of columns.

        Examples
        --------
        >>> from napari_flowprior import diagnose
        >>> import numpy as np
        >>> from skimage import data
        >>> noise = np.random.default_rng(0).normal(0, 25, (64, 64))
        >>> image = np.clip(data.camera()[100:164, 180:244] + noise, 0, 255)
        >>> figure = diagnose(image.astype(np.uint8)).plot()
        >>> [axis.get_xlabel() for axis in figure.axes]
        ['intensity', 'distance (pixels)']
        """
        shown = self.findings[:_FEW]
        titles = [_place(finding) if len(shown) > 1 else "" for finding in shown]
        return draw(shown, titles, columns)

    def _where(self, parts: list[Finding]) -> str:
        if len(parts) == len(self.findings):
            return ""
        if len(parts) > _FEW:
            return f"{len(parts)} of {len(self.findings)} parts: "
        return f"{' and '.join(map(_place, parts))}: "


def _place(finding: Finding) -> str:
    return ", ".join(f"{axis} {n + 1}" for axis, n in finding.place.items())


def diagnose(
    image: Any,
    *,
    prior: FlowPrior | str | Path = "auto",
    axes: str | None = None,
    device: str = "auto",
) -> Diagnosis:
    """Say what is wrong with an image, as far as a look at it tells.

    Of planes that are larger, the middle 768x768 pixels are looked at.

    Parameters
    ----------
    image : array_like
        Real image or stack, as for `restore`; never changed.
    prior : FlowPrior, str or Path
        Prior, as for `restore`; it tells noise from texture.
    axes : str, optional
        One letter per axis of T, Z, C, Y, X and S (colour samples), such as "TZYX";
        guessed from the shape if not given.
    device : str
        "auto", "cuda", "mps" or "cpu".

    Returns
    -------
    Diagnosis
        What was found, in numbers and in sentences.

    Raises
    ------
    InputError
        If the image or an option cannot be used; the message says why.
    RestoreError
        If the computation fails.

    See Also
    --------
    iter_diagnose : the same with progress, for interfaces.

    Examples
    --------
    >>> from napari_flowprior import diagnose
    >>> import numpy as np
    >>> from skimage import data
    >>> noise = np.random.default_rng(0).normal(0, 25, (64, 64))
    >>> image = np.clip(data.camera()[100:164, 180:244] + noise, 0, 255)
    >>> image = image.astype(np.uint8)
    >>> found = diagnose(image)
    >>> print(found.sentences[0])  # doctest: +ELLIPSIS
    There is noise of level 2...
    """
    return iter_diagnose(image, prior=prior, axes=axes, device=device).result


def iter_diagnose(
    image: Any,
    *,
    prior: FlowPrior | str | Path = "auto",
    axes: str | None = None,
    device: str = "auto",
) -> Run[RestoreEvent, Diagnosis]:
    """Say what is wrong with an image, step by step.

    Parameters
    ----------
    image : array_like
        Real image or stack, as for `restore`; never changed.
    prior : FlowPrior, str or Path
        Prior, as for `diagnose`.
    axes : str, optional
        Letters of the axes, as for `diagnose`.
    device : str
        "auto", "cuda", "mps" or "cpu".

    Returns
    -------
    Run
        To be iterated for `RestoreEvent`; closed to cancel; or asked for its
        ``result``, a `Diagnosis`. It raises as `diagnose` does.

    Examples
    --------
    >>> from napari_flowprior import iter_diagnose
    >>> import numpy as np
    >>> from skimage import data
    >>> noise = np.random.default_rng(0).normal(0, 25, (64, 64))
    >>> image = np.clip(data.camera()[100:164, 180:244] + noise, 0, 255)
    >>> image = image.astype(np.uint8)
    >>> run = iter_diagnose(image)
    >>> for event in run:
    ...     pass  # the place to show how far it is
    >>> len(run.result.findings)
    1
    """
    return Run(_diagnosed(image, RunOptions(prior=prior, axes=axes, device=device)))


def _diagnosed(
    image: Any, options: RunOptions
) -> Generator[RestoreEvent, None, Diagnosis]:
    with errors_named():
        yield RestoreEvent(done=0, total=0, message="Checking the image")
        image, whole, prior = open_image(image, options.prior, options.axes)
        _check_size(whole)
        view = middle_of(whole)
        prior.to(resolve_device(options.device))
        parts = yield from survey_parts(view, prior, Auto())
        bad, quality = _bad_pixels(view), find_quality(view)
        findings = []
        for number, part in enumerate(parts):
            message = "Measuring what is wrong"
            yield RestoreEvent(done=number, total=len(parts), message=message)
            findings.append(find(part, prior, bad, quality))
        return Diagnosis(
            axes=view.axes,
            prior=prior.name,
            findings=tuple(findings),
            middle=None if view is whole else view.shape,
        )


def _check_size(view: PlaneView) -> None:
    height, width = view.shape
    if min(height, width) < _SMALLEST_SIDE:
        raise InputError(
            f"The image has {height}x{width} pixels, from which nothing can be told; "
            f"pass one of {_SMALLEST_SIDE}x{_SMALLEST_SIDE} or more."
        )


def _bad_pixels(view: PlaneView) -> NDArray[np.bool_] | None:
    """Search for bad pixels, but not in huge images, where that takes long."""
    searched = view.shape[0] * view.shape[1] * min(view.samples, 9) * view.channels
    return find_bad_pixels(view) if searched <= _MOST_PIXELS else None


def _plain(value: Any) -> Any:
    """Leave only what JSON has."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, tuple) else value
