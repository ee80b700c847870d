"""What to train on, how, and where the prior goes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from napari_flowprior._options import Hint, check_options
from napari_flowprior.training._recipes import load_recipe
from napari_flowprior.training.patches import TrainingImage

if TYPE_CHECKING:
    from napari_flowprior.training._recipes import Recipe

__all__ = ["TrainJob"]

_SCRATCH_ONLY = "steps", "batch_size", "learning_rate", "seed"


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainJob:
    """What to train on, how, and where the prior goes.

    Parameters
    ----------
    out : Path
        Prior to write, ``NAME.safetensors``. Beside it go the last state,
        ``NAME.checkpoint.safetensors``, and the figures, ``NAME.metrics.csv``.
    recipe : str or Path
        Name of a shipped recipe, or a TOML file.
    data : tuple
        Files, folders, patterns and `TrainingImage`; for recipes on MNIST its npz file
        or the folder of its idx files; nothing for sprites.
    validation : tuple
        The same, for images that are held out; by default a part of the data is.
    axes : str, optional
        Letters of the axes of all images; by default each file's own.
    colour : {"auto", "grey", "rgb"}, optional
        What to make of colours; by default as the recipe says.
    start : str or Path, optional
        Prior to start from; "auto" is the shipped one for such images. Needed by a
        recipe without a flow, and "auto" there by default.
    steps, batch_size, learning_rate, seed : optional
        Instead of the recipe's.
    minutes : float, optional
        Time to spend; the number of steps is set by the pace of the first ones.
    device : str
        "auto", "cpu", "cuda" or "mps".
    resume : bool
        Whether to go on from the checkpoint.
    overwrite : bool
        Whether existing files may be replaced.
    images : {"clean", "noisy"}
        What the images are. Noisy ones adapt a prior as `napari_flowprior.adapt` does,
        or, with a recipe that has a flow, train one on noise of their level and above.
        Those that are said to be clean are looked at.
    sigma : float, optional
        Standard deviation of the noise of noisy images, in their own units, where a
        prior is trained on them from nothing; by default what a look at them finds.
    insist : bool
        Whether to train even if the images turn out to be noisy, as if they were clean.
    description, licence : str
        For the card of the prior.
    sources : tuple of str
        Sources and licences of the images, for the card.
    half : bool
        Whether the prior is stored in half precision.
    pictures : bool
        Whether events after a validation carry pictures.
    """

    out: Path
    recipe: str | Path = "finetune"
    data: tuple[str | Path | TrainingImage, ...] = ()
    validation: tuple[str | Path | TrainingImage, ...] = ()
    axes: str | None = None
    colour: Annotated[
        Literal["auto", "grey", "rgb"] | None,
        Hint(
            label="Colours",
            help="What to make of colours: grey takes their luminance, so that images "
            "with and without colours go together; as the recipe says if not given.",
        ),
    ] = None
    start: str | Path | None = None
    steps: Annotated[
        int | None,
        Hint(
            label="Steps",
            help="Number of steps, in place of a time.",
            least=1,
            step=100,
        ),
    ] = None
    batch_size: Annotated[
        int | None,
        Hint(
            label="Batch",
            help="Patches in each step; choose fewer if memory runs out.",
            least=1,
        ),
    ] = None
    learning_rate: Annotated[
        float | None,
        Hint(
            label="Learning rate",
            help="Largest size of a step of the optimiser; lower it if the curves "
            "jump.",
            least=1e-9,
            most=1.0,
            step=1e-4,
        ),
    ] = None
    seed: Annotated[
        int | None,
        Hint(
            label="Seed",
            help="Of all that is random; the same seed gives the same training.",
            least=0,
            most=2**31 - 1,
        ),
    ] = None
    minutes: Annotated[
        float | None,
        Hint(
            label="Minutes",
            help="Time to spend; the number of steps follows from the pace. A training "
            "that is resumed takes as long again.",
            least=0.01,
            none="no limit",
            step=1.0,
        ),
    ] = None
    device: str = "auto"
    resume: bool = False
    overwrite: Annotated[
        bool,
        Hint(
            label="Overwrite",
            help="Whether a prior of this name may be overwritten, with its checkpoint "
            "and its figures.",
        ),
    ] = False
    images: Annotated[
        Literal["clean", "noisy"],
        Hint(
            label="My images are",
            help="Clean ones are looked at before the training, which noise would "
            "spoil; noisy ones adapt a prior without a clean one.",
        ),
    ] = "clean"
    sigma: Annotated[
        float | None,
        Hint(
            label="Noise level",
            help="Standard deviation of the noise of noisy images, in their own units; "
            "as a look at them finds if not given. Only where a prior starts from "
            "nothing.",
            least=0.0,
        ),
    ] = None
    insist: Annotated[
        bool,
        Hint(
            label="Insist",
            help="Whether to train even on images that turn out to be noisy, as if "
            "they were clean.",
        ),
    ] = False
    description: str = ""
    licence: str = ""
    sources: tuple[str, ...] = ()
    half: bool = False
    pictures: bool = False

    def __post_init__(self) -> None:
        check_options(self)

    def load_recipe(self) -> Recipe:
        """Read the recipe, with the settings of the job in place of its own.

        Returns
        -------
        Recipe
            The recipe.

        Raises
        ------
        InputError
            If there is none or a setting makes no sense.
        """
        recipe = load_recipe(self.recipe)
        given = {name: getattr(self, name) for name in _SCRATCH_ONLY}
        given = {name: value for name, value in given.items() if value is not None}
        patches = recipe.patches
        if self.colour is not None:
            patches = replace(patches, colour=self.colour)
        return replace(recipe, train=replace(recipe.train, **given), patches=patches)
