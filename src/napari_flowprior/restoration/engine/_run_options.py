"""The description of a run: all that a user says besides the image."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Self, TypedDict

from numpy.typing import DTypeLike

from napari_flowprior._errors import InputError
from napari_flowprior._options import INTENSITY, Hint, check_options
from napari_flowprior.data import ChosenRange, RangeKind
from napari_flowprior.priors import FlowPrior, Precision
from napari_flowprior.restoration.degradations import Degradation
from napari_flowprior.restoration.estimators import Estimator, Sampling

__all__ = ["RestoreFields", "RestoreOptions", "RunFields", "RunOptions"]


class RunFields(TypedDict, total=False):
    """The fields of `RunOptions`, by name."""

    prior: FlowPrior | str | Path
    axes: str | None
    device: str
    tile: int | tuple[int, int] | None
    overlap: int | None
    batch_size: int | None
    intensity_range: RangeKind
    black: float | None
    white: float | None


class RestoreFields(RunFields, total=False):
    """The fields of `RestoreOptions`, by name."""

    memory: float | None
    precision: Precision
    degradation: Degradation | None
    estimator: Estimator | str
    dtype: DTypeLike | None


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """What every run over an image is told.

    Parameters
    ----------
    prior : FlowPrior, str or Path
        Prior, name of a shipped one or path of a file. "auto" takes ``photo-rgb`` for
        colour images and ``photo-gray`` for all others.
    axes : str, optional
        One letter per axis of T, Z, C, Y, X and S (colour samples), such as "TZYX";
        guessed from the shape if not given.
    device : str
        "auto", "cuda", "mps" or "cpu".
    tile : int or tuple of int, optional
        Side, or height and width, of a tile in pixels, divisible by the prior's
        stride; by default what suits the run.
    overlap : int, optional
        Pixels that neighbouring tiles share; by default what suits the run.
    batch_size : int, optional
        Tiles at a time; by default as many as suit the device. Halved by itself if
        memory runs out.
    intensity_range : {"auto", "type", "percentiles", "min-max"}
        Which intensities the prior takes for black and for white, found in each channel
        by itself. "auto" takes the range of the type for 8 bits and for floating values
        that all lie in [0, 1], and percentiles for all others; "type" what the type can
        hold, [0, 1] for floating values; "percentiles" 0.1 and 99.9; "min-max" the
        least and the largest value. Results have the units of the image in any case.
    black, white : float, optional
        The same for all channels and images, if they are known.

    Raises
    ------
    InputError
        If a number is none, or out of its bounds, or black is no less than white.
    """

    prior: FlowPrior | str | Path = "auto"
    axes: str | None = None
    device: str = "auto"
    tile: Annotated[
        int | tuple[int, int] | None,
        Hint(
            label="Tile",
            help="Side of the parts that the image is restored in. Choose a smaller "
            "one if memory runs out.",
            least=1,
            unit="pixels",
            step=8,
        ),
    ] = None
    overlap: Annotated[
        int | None,
        Hint(
            label="Overlap",
            help="How much neighbouring tiles share. Raise it if you see seams.",
            least=0,
            unit="pixels",
        ),
    ] = None
    batch_size: Annotated[
        int | None,
        Hint(
            label="Batch",
            help="How many tiles are restored at a time. Choose fewer if memory runs "
            "out.",
            least=1,
        ),
    ] = None
    intensity_range: Annotated[
        RangeKind,
        Hint(
            label="Range",
            help="Which intensities count as black and as white while the image is "
            "restored; the result keeps its units. Choose min-max if a few very bright "
            "spots matter, and type if all images shall be treated alike.",
        ),
    ] = "auto"
    black: Annotated[
        float | None,
        Hint(
            label="Black",
            help="Intensity that counts as black, the same for all channels and "
            "images. Found by itself if you leave it.",
            unit=INTENSITY,
        ),
    ] = None
    white: Annotated[
        float | None,
        Hint(
            label="White",
            help="Intensity that counts as white, the same for all channels and "
            "images. Found by itself if you leave it.",
            unit=INTENSITY,
        ),
    ] = None

    def __post_init__(self) -> None:
        check_options(self)
        self.chosen_range  # noqa: B018 (it checks that black is less than white)

    @property
    def chosen_range(self) -> ChosenRange:
        """How black and white are found."""
        return ChosenRange(self.intensity_range, self.black, self.white)

    @classmethod
    def made_of(cls, options: Self | None, fields: RunFields) -> Self:
        """Return options with some fields replaced.

        Parameters
        ----------
        options : RunOptions, optional
            What to begin with; the defaults if not given.
        fields : dict
            Fields by name.

        Returns
        -------
        RunOptions
            Of this class.
        """
        return replace(cls() if options is None else options, **fields)


@dataclass(frozen=True, kw_only=True)
class RestoreOptions(RunOptions):
    """What a restoration is told, or an estimate of the posterior.

    Parameters
    ----------
    prior : FlowPrior, str or Path
        As in `RunOptions`.
    axes : str, optional
        As in `RunOptions`.
    device : str
        As in `RunOptions`; or the address of a scheduler of dask.distributed, such as
        "tcp://10.0.0.1:8786", whose workers restore.
    tile : int or tuple of int, optional
        As in `RunOptions`.
    overlap : int, optional
        As in `RunOptions`.
    batch_size : int, optional
        As in `RunOptions`.
    intensity_range : {"auto", "type", "percentiles", "min-max"}
        As in `RunOptions`.
    black, white : float, optional
        As in `RunOptions`.
    memory : float, optional
        Memory that may be used for planes that are worked on whole, in GiB; by default
        half of what is free. Larger planes are restored in overlapping blocks.
    precision : {"auto", "float32", "bfloat16"}
        Of the score network. "auto" takes bfloat16 where the device computes with it,
        in half the time and for 0.003 dB; results differ in the last digits from those
        of other machines.
    degradation : Degradation, optional
        What happened to the image; by default `Auto`, what a look at it finds. Every
        channel has its own noise and range of intensities, and so has every plane of a
        stack whose planes differ.
    estimator : Estimator or str
        Which estimate: "mmse", "map", "latent-map", or one with options; "auto" takes
        the one that suits degradation and prior. `Sampling` draws the posterior.
    dtype : dtype, optional
        Of the result; by default that of the image, rounded and clipped, with
        intensities never rescaled.
    """

    memory: Annotated[
        float | None,
        Hint(
            label="Memory",
            help="How much may be used for planes that are worked on whole. Larger "
            "planes are restored in overlapping blocks. Half of what is free by "
            "default.",
            least=0.01,
            unit="GiB",
        ),
    ] = None
    precision: Annotated[
        Precision,
        Hint(
            label="Precision",
            help="How the score network computes. By default in bfloat16 where the "
            "device can, which takes half the time.",
        ),
    ] = "auto"
    degradation: Degradation | None = None
    estimator: Estimator | str = "auto"
    dtype: DTypeLike | None = None

    @property
    def sampling(self) -> Sampling:
        """The samples that are drawn of the posterior, by default as "auto" has them.

        Raises
        ------
        InputError
            If another estimator is chosen, as none of them draws any.
        """
        if isinstance(self.estimator, Sampling):
            return self.estimator
        if self.estimator != "auto":
            raise InputError(
                f"The estimator {self.estimator!r} draws no samples of the posterior; "
                "pass Sampling(samples=8), or leave it out."
            )
        return Sampling()
