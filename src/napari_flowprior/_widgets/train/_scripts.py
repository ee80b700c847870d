"""What the form would train, written down for other places."""

from __future__ import annotations

import os
import shlex
from dataclasses import fields, replace
from subprocess import list2cmdline
from typing import TYPE_CHECKING, Any

from napari_flowprior._errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_flowprior._widgets.layers import LayerFiles
    from napari_flowprior._widgets.train._form import TrainForm
    from napari_flowprior.training import TrainJob

__all__ = ["write"]

# Pictures are for the widget; the rest is written in its own way.
_SPECIAL = {"out", "recipe", "data", "pictures"}


def write(form: TrainForm, language: str, files: LayerFiles) -> str:
    """Write down what a form would train.

    Parameters
    ----------
    form : TrainForm
        The form.
    language : {"python", "command"}
        Lines for the console of napari, or one for the terminal.
    files : LayerFiles
        Finds files of layers, for the terminal.

    Returns
    -------
    str
        The text.

    Raises
    ------
    InputError
        If it cannot be trained, or a layer be written to a file.
    """
    job = form.job()
    if language != "command":
        return _python(form, job)
    layers = form.fields["layers"].value if form.source == "layers" else []
    return _command(_in_files(job, layers, files) if layers else job)


def _in_files(job: TrainJob, layers: Sequence[Any], files: LayerFiles) -> TrainJob:
    """Return the job with files in place of layers."""
    images: Any = job.data
    axes = {image.axes for image in images}
    if len(axes) > 1:
        raise InputError(
            f"The axes of the layers differ ({', '.join(sorted(axes))}), and a command "
            "names those of all images; copy Python instead."
        )
    paths = [
        files.of_pixels(layer, image.array, image.axes)
        for layer, image in zip(layers, images, strict=True)
    ]
    return replace(job, data=tuple(paths), axes=axes.pop())


def _settings(job: TrainJob) -> dict[str, Any]:
    """Return what is not as it is by default."""
    values = {f.name: (getattr(job, f.name), f.default) for f in fields(job)}
    return {
        name: value
        for name, (value, default) in values.items()
        if name not in _SPECIAL and value != default
    }


def _python(form: TrainForm, job: TrainJob) -> str:
    layers = form.fields["layers"].value if form.source == "layers" else []
    data = [
        f"TrainingImage({_data(layer)}, {image.axes!r}, {layer.name!r})"
        for layer, image in zip(layers, job.data, strict=False)
    ]
    data += [f"Path({str(path)!r})" for path in job.data] if not layers else []
    arguments = [f"out=Path({str(job.out)!r})", f"recipe={job.recipe!r}"]
    arguments += [f"data=({', '.join(data)},)"] if data else []
    arguments += [f"{name}={value!r}" for name, value in _settings(job).items()]
    names = "TrainingImage, TrainJob, train" if layers else "TrainJob, train"
    lines = ",\n    ".join(arguments)
    return (
        "from pathlib import Path\n\n"
        f"from napari_flowprior.training import {names}\n\n"
        f"job = TrainJob(\n    {lines},\n)\n"
        "result = train(job)\n"
    )


def _data(layer: Any) -> str:
    return f"viewer.layers[{layer.name!r}].data{'[0]' if layer.multiscale else ''}"


def _command(job: TrainJob) -> str:
    words = ["napari-flowprior", "train", str(job.recipe), "--out", str(job.out)]
    words += ["--data", *map(str, job.data)] if job.data else []
    for name, value in _settings(job).items():
        words.append(f"--{name.replace('_', '-')}")
        words += [] if value is True else [str(value)]
    return list2cmdline(words) if os.name == "nt" else shlex.join(words)
