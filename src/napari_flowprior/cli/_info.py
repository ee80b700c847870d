"""``napari-flowprior info``: what a bug report needs, and what a prior is."""

from __future__ import annotations

import json
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import torch

from napari_flowprior._errors import PriorFileError
from napari_flowprior._resources import shipped_priors
from napari_flowprior.cli._report import say
from napari_flowprior.flow import MultiscaleFlow
from napari_flowprior.priors import PriorInfo, prior_path, read_header
from napari_flowprior.restoration import available_devices

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from napari_flowprior.flow import FlowConfig

__all__ = ["add_options"]

_PACKAGES = (
    *("napari-flowprior", "torch", "numpy", "scipy", "scikit-image", "safetensors"),
    *("pillow", "tifffile", "imagecodecs"),
    *("napari", "npe2", "magicgui", "superqt", "qtpy", "PyQt6", "PySide6"),
)
_GIB = 2**30


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
    if options.json:
        print(json.dumps(facts, indent=2))
    else:
        _show(facts)
    return 0


def _system() -> dict[str, Any]:
    return {
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: _installed(name) for name in _PACKAGES},
        "devices": _devices(),
        "priors": {name: _shipped(path) for name, path in shipped_priors().items()},
    }


def _installed(name: str) -> str:
    # Nothing is imported: napari would take seconds, and may be broken.
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _devices() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for name in available_devices():
        if name == "cuda":
            count = torch.cuda.device_count()
            found |= {f"cuda:{index}": _card(index) for index in range(count)}
        else:
            found[name] = {"memory_gib": _memory()}
    found["cpu"]["threads"] = torch.get_num_threads()
    return found


def _card(index: int) -> dict[str, Any]:
    name = torch.cuda.get_device_name(index)
    try:
        free, total = torch.cuda.mem_get_info(index)
    except RuntimeError as error:
        # A card in trouble is what the report is about.
        return {"name": name, "error": str(error).splitlines()[0]}
    return {"name": name, "memory_gib": _gib(total), "free_gib": _gib(free)}


def _memory() -> float | str:
    try:
        return _gib(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, OSError, ValueError):
        return "unknown"


def _gib(size: int) -> float:
    return round(size / _GIB, 1)


def _shipped(path: Path) -> dict[str, Any]:
    try:
        card = _prior(path, sources=False)
    except PriorFileError as error:
        return {"error": str(error)}
    kept = ("description", "channels", "sigma_max", "licence", "parameters", "bytes")
    return {key: card[key] for key in kept}


def _prior(path: Path, *, sources: bool) -> dict[str, Any]:
    """Describe a prior from its header; nothing in it passes for something else."""
    header = read_header(path)
    info, config = PriorInfo.from_card(header.card), header.config
    return {
        "name": info.name,
        "description": info.description,
        "file": str(path),
        "bytes": path.stat().st_size,
        "format_version": header.card["format_version"],
        "channels": config.channels,
        "sigma_min": info.sigma_min,
        "sigma_max": info.sigma_max,
        **({"restriction": info.restriction} if info.restriction else {}),
        "normalisation": info.normalisation,
        "parameters": _parameters(config),
        "multiply_adds_per_pixel": round(config.multiply_adds_per_pixel),
        "score_multiply_adds_per_pixel": round(config.score_multiply_adds_per_pixel),
        "architecture": header.card["flow"],
        # JSON has no NaN, though Python writes it.
        "training": json.loads(json.dumps(info.training), parse_constant=str),
        "calibration": info.calibration,
        "licence": info.licence,
        "checksum": info.checksum,
        "sources": list(info.sources) if sources else len(info.sources),
    }


def _parameters(config: FlowConfig) -> int:
    with torch.device("meta"):
        flow = MultiscaleFlow(config)
    return sum(parameter.numel() for parameter in flow.parameters())


def _show(facts: dict[str, Any], indent: int = 0) -> None:
    for name, value in facts.items():
        label = f"{'  ' * indent}{str(name).replace('_', ' ')}:"
        if isinstance(value, dict):
            say(label)
            _show(value, indent + 1)
        elif isinstance(value, list):
            say(label)
            for item in value:
                say(f"{'  ' * indent}  - {item}")
        else:
            hint = " (list them with --sources)" if name == "sources" else ""
            say(f"{label} {value}{hint}")
