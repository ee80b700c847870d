"""From files, folders and arrays to patches, after a first look at all of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from napari_flowprior._errors import InputError
from napari_flowprior._generators import Run
from napari_flowprior.training.patches._dataset import TrainingData
from napari_flowprior.training.patches._images import (
    ImageCache,
    TrainingImage,
    find_images,
    identity,
)
from napari_flowprior.training.patches._planes import Regions, Split, splits
from napari_flowprior.training.patches._summary import DataSummary
from napari_flowprior.training.patches._survey import (
    accepted_fraction,
    common_type,
    fit_scale,
    survey,
)

if TYPE_CHECKING:
    import os
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from napari_flowprior.training.patches._config import PatchConfig
    from napari_flowprior.training.patches._survey import Look, Progress

__all__ = ["open_data"]

_NAMED = 3


def open_data(
    inputs: Sequence[str | os.PathLike[str] | TrainingImage],
    *,
    config: PatchConfig,
    axes: str | None = None,
    validation: Sequence[str | os.PathLike[str] | TrainingImage] = (),
) -> Run[Progress, TrainingData]:
    """Look at all images once, and prepare to draw patches from them.

    Images that cannot be read, are smaller than a patch, or hold NaN or infinite values
    are skipped; the summary names them.

    Parameters
    ----------
    inputs : sequence
        Files, folders (PNG, JPEG, TIFF, NPY and zarr in them), patterns, and
        `TrainingImage`.
    config : PatchConfig
        Size and choice of patches.
    axes : str, optional
        Letters of the axes of all files, in place of their own.
    validation : sequence
        The same as `inputs`, for images that are held out; by default a part of
        `inputs` is: whole images where there are many, or else a strip of rows, or else
        whole planes.

    Returns
    -------
    Run
        To be iterated for tuples: images looked at, images in all, and the name of the
        next. Its ``result`` is the `TrainingData`. It raises `InputError` if no image
        will do, or they do not go together.

    Examples
    --------
    >>> from skimage import data
    >>> from napari_flowprior.training import PatchConfig, TrainingImage, open_data
    >>> clean = TrainingImage(data.camera(), "YX", "the photographer")
    >>> opened = open_data([clean], config=PatchConfig()).result
    >>> opened.channels
    1
    """
    return Run(_opened(inputs, config, axes, validation))


def _opened(
    inputs: Sequence[str | os.PathLike[str] | TrainingImage],
    config: PatchConfig,
    axes: str | None,
    validation: Sequence[str | os.PathLike[str] | TrainingImage],
) -> Generator[Progress, None, TrainingData]:
    entries, held_entries = find_images(inputs), find_images(validation)
    _refuse_shared(entries, held_entries)
    images = ImageCache([*entries, *held_entries], axes, config.cache)
    looks, skipped = yield from survey(images, config)
    own = [look for look in looks if look.region.image < len(entries)]
    others = [look for look in looks if look.region.image >= len(entries)]
    _refuse_nothing(own, skipped, "to train on")
    if held_entries:
        _refuse_nothing(others, skipped, "for validation")
    scale = fit_scale(own, common_type(looks))
    channels = _decide_channels(looks, config)
    everything = Regions([look.region for look in own], config.size)
    data = TrainingData(images, config, channels, scale, everything, everything)
    progress = len(images), len(images), "patches"
    yield from _draw_one(data, progress)
    split = yield from _choose_split(data, own, others, progress)
    training = Regions(split.training, config.size)
    held_out = Regions(split.held_out, config.size)
    data = replace(data, training=training, validation=held_out)
    return replace(data, summary=_summarise(data, own, looks, skipped, split.words))


def _refuse_shared(
    entries: list[Path | TrainingImage], held: list[Path | TrainingImage]
) -> None:
    known = {identity(entry) for entry in entries}
    for entry in held:
        if identity(entry) in known:
            name = entry.name if isinstance(entry, TrainingImage) else entry
            raise InputError(
                f"{name} is both trained on and held out; leave it out of one."
            )


def _refuse_nothing(
    looks: list[Look], skipped: list[tuple[str, str]], purpose: str
) -> None:
    if looks:
        return
    shown = "".join(f" {name}: {reason}" for name, reason in skipped[:_NAMED])
    more = len(skipped) - _NAMED
    raise InputError(
        f"There is no image {purpose}; name files, folders or arrays that can be used."
        + shown
        + (f" And {more} more." if more > 0 else "")
    )


def _decide_channels(looks: list[Look], config: PatchConfig) -> int:
    coloured = [look.name for look in looks if look.coloured]
    grey = [look.name for look in looks if not look.coloured]
    if config.colour == "rgb" and grey:
        raise InputError(
            f"{grey[0]} has no colours (axis S); set colour to auto or grey."
        )
    if config.colour == "grey" or not coloured:
        return 1
    if grey:
        raise InputError(
            f"{coloured[0]} has colours and {grey[0]} has none; set colour to grey to "
            "train on the luminance of both, or choose images of one kind."
        )
    return 3


def _draw_one(
    data: TrainingData, progress: Progress
) -> Generator[Progress, None, None]:
    """Draw a patch, which raises where there is nothing to draw."""
    for _ in data.tries(np.random.default_rng(0)):
        yield progress


def _choose_split(
    data: TrainingData, own: list[Look], others: list[Look], progress: Progress
) -> Generator[Progress, None, Split]:
    """Take the first split with content on either side."""
    regions, size = [look.region for look in own], data.size
    if others:
        held = [look.region for look in others]
        replace(data, validation=Regions(held, size)).held_out(1)
        return Split(regions, held, f"the {len(held)} given for that")
    # Smooth patches are held out as others are.
    uniform = replace(data, config=replace(data.config, keep_smooth=1.0))
    for split in splits(regions, size, data.config.held_out):
        training = Regions(split.training, size)
        held_out = Regions(split.held_out, size)
        try:
            yield from _draw_one(replace(uniform, training=held_out), progress)
            yield from _draw_one(replace(data, training=training), progress)
        except InputError:
            continue
        return split
    raise InputError("The images have no content that could be held out.")


def _summarise(
    data: TrainingData,
    own: list[Look],
    looks: list[Look],
    skipped: list[tuple[str, str]],
    held_out: str,
) -> DataSummary:
    decoded = sum(look.memory for look in looks)
    accepted = accepted_fraction(own, data.scale, data.config)
    return DataSummary(
        images=len(own),
        planes=sum(len(look.region.samples) for look in own),
        skipped=tuple(skipped),
        patches=max(1, round(accepted * data.training.pixels / data.size**2)),
        accepted=accepted,
        channels=data.channels,
        dtype=str(own[0].dtype),
        low=data.scale.low,
        high=data.scale.high,
        memory=min(decoded, max(data.config.cache, data.images.largest)),
        decoded=decoded,
        held_out=held_out,
    )
