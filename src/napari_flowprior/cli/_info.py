"""``napari-flowprior info``: what a bug report needs, and what a prior is."""

from __future__ import annotations

import json
import platform
from importlib.metadata import PackageNotFoundError, version
from math import prod
from typing import TYPE_CHECKING, Any

import torch

from napari_flowprior._priorfile import Header, read_header
from napari_flowprior._resources import shipped_priors
from napari_flowprior.prior import prior_path
from napari_flowprior.restoration import available_devices

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

__all__ = ["add_options"]

_PACKAGES = (
    *("napari-flowprior", "torch", "numpy", "scikit-image", "tifffile"),
    *("napari", "npe2", "PyQt6", "PySide6"),
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser.

    Parameters
    ----------
    parser : ArgumentParser
        Parser of the command.
    """
    parser.set_defaults(run=run)
    parser.add_argument("prior", nargs="?", metavar="PRIOR", help="name or file")
    parser.add_argument("--sources", action="store_true", help="list training data")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Print the information.

    Parameters
    ----------
    options : Namespace
        Parsed options.

    Returns
    -------
    int
        0.
    """
    if options.prior is None:
        facts = _system()
    else:
        facts = _prior(prior_path(options.prior), sources=options.sources)
    print(json.dumps(facts, indent=2) if options.json else "\n".join(_lines(facts)))
    return 0


def _system() -> dict[str, Any]:
    return {
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: _installed(name) for name in _PACKAGES},
        "devices": {name: _device(name) for name in available_devices()},
        "priors": {name: _short(path) for name, path in shipped_priors().items()},
    }


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _device(name: str) -> str:
    if name == "cuda":
        free, total = torch.cuda.mem_get_info()
        label = torch.cuda.get_device_name()
        return f"{label}, {free / 2**30:.1f} of {total / 2**30:.1f} GiB free"
    threads = torch.get_num_threads()
    return f"{threads} threads" if name == "cpu" else "shared memory"


def _short(path: Path) -> str:
    card = read_header(path).card
    size = path.stat().st_size / 2**20
    return f"{card.get('description', '')} ({size:.1f} MiB)"


def _prior(path: Path, *, sources: bool) -> dict[str, Any]:
    header = read_header(path)
    card = dict(header.card)
    listed = list(card.pop("sources", ()))
    config = header.config
    return {
        "file": str(path),
        "bytes": path.stat().st_size,
        **card,
        "parameters": _parameters(header),
        "multiply_adds_per_pixel": round(config.multiply_adds_per_pixel),
        "sources": listed if sources else f"{len(listed)} (list them with --sources)",
    }


def _parameters(header: Header) -> int:
    return sum(prod(entry["shape"]) for entry in header.tensors.values())


def _lines(facts: Any, indent: int = 0) -> list[str]:
    space = "  " * indent
    if isinstance(facts, list):
        return [f"{space}- {item}" for item in facts]
    lines = []
    for name, value in facts.items():
        label = f"{space}{str(name).replace('_', ' ')}:"
        if isinstance(value, dict | list):
            lines += [label, *_lines(value, indent + 1)]
        else:
            lines.append(f"{label} {value}")
    return lines
