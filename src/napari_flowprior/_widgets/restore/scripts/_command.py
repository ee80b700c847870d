"""What the form would run, as a line for the terminal."""

from __future__ import annotations

import os
import shlex
from collections import Counter
from subprocess import list2cmdline
from typing import TYPE_CHECKING

from napari_flowprior._errors import InputError
from napari_flowprior._options import options
from napari_flowprior._widgets.layers import level_data
from napari_flowprior._widgets.restore.scripts._run import file_of
from napari_flowprior.restoration import PREFERRED, Sampling

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator
    from pathlib import Path

    from napari_flowprior._widgets.layers import LayerFiles
    from napari_flowprior._widgets.restore.scripts._run import Part, Run

__all__ = ["as_command"]


def as_command(run: Run, files: LayerFiles) -> str:
    """Write a run down as a command.

    Parameters
    ----------
    run : Run
        The settings.
    files : LayerFiles
        Finds files of layers.

    Returns
    -------
    str
        A line that restores the file of the layer into one beside it.

    Raises
    ------
    InputError
        If a layer is in no file, and cannot be written to one, or the command line has
        no words for the degradations.
    """
    _check_parts(run.parts)
    source = files.of_pixels(run.layer, level_data(run.layer, run.level), run.axes)
    words = ["napari-flowprior", "restore", str(source), str(_beside(source, ""))]
    words += ["--axes", run.axes, "--prior", run.prior]
    words += ["--degradation", ",".join(part.kind.name for part in run.parts)]
    shared = _shared(run.parts)
    for part in run.parts:
        words += _words(part, shared)
        words += [word for each in _files(part, run, files, shared) for word in each]
    words += _output(run, source)
    for name, value in run.options.items():
        words += [_flag(name), str(value)]
    return list2cmdline(words) if os.name == "nt" else shlex.join(words)


def _output(run: Run, source: Path) -> list[str]:
    words = [] if run.estimator is None else list(_words(run.estimator))
    if run.output in ("uncertainty", "log-likelihood"):
        words += [f"--{run.output}", str(_beside(source, f"-{run.output}"))]
    if run.output == "interval":
        words += ["--interval", "--coverage", str(run.coverage)]
    if run.estimator is not None and run.estimator.kind is not Sampling:
        words += ["--estimator", run.estimator.kind.name]
    return words


def _shared(parts: Iterable[Part]) -> set[str]:
    """Return the names of options that several of the parts have."""
    kinds = {part.kind for part in parts}
    owners = Counter(option.name for kind in kinds for option in options(kind))
    return {name for name, number in owners.items() if number > 1}


def _switches(part: Part, shared: Container[str]) -> dict[str, str]:
    """Return the options of the command line by those of a part."""
    found = {option.name: option.switch for option in options(part.kind)}
    if part.kind is PREFERRED:
        return found
    named = f"--{part.kind.name}-"
    return {
        n: s.replace("--", named, 1) if n in shared else s for n, s in found.items()
    }


def _words(part: Part, shared: Container[str] = ()) -> Iterator[str]:
    switches = _switches(part, shared)
    for name, value in part.options.items():
        flag = switches[name]
        if isinstance(value, bool):
            yield flag if value else flag.replace("--", "--no-", 1)
        else:
            yield from (flag, str(value))


def _files(
    part: Part, run: Run, files: LayerFiles, shared: Container[str]
) -> Iterator[tuple[str, str]]:
    switches = _switches(part, shared)
    for name in part.layers:
        yield switches[name], str(file_of(name, part, run, files))


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _check_parts(parts: Iterable[Part]) -> None:
    """Refuse what the command line could not say."""
    if max(Counter(part.kind for part in parts).values()) > 1:
        raise InputError(
            "The command line cannot say one thing twice among several degradations; "
            "copy Python instead."
        )


def _beside(source: Path, what: str) -> Path:
    return source.with_name(f"{source.stem}-restored{what}.tif")
