"""What tells whether an unfinished result is that of the same file and settings."""

from __future__ import annotations

import hashlib
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_flowprior._version import version
from napari_flowprior.priors import FlowPrior, prior_path, read_header
from napari_flowprior.restoration import Degradation, RestoreOptions

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["story_of"]

# What makes no difference to a result, or next to none.
_IDLE = ("device", "batch_size", "prior", "memory")


def story_of(source: Path, settings: RestoreOptions) -> dict[str, Any]:
    """Tell what a result is made of, JSON-able.

    Parameters
    ----------
    source : Path
        File or store of the image.
    settings : RestoreOptions
        How it is restored.

    Returns
    -------
    dict
        The same for the same image and settings, and another one for others.
    """
    status = source.stat()
    return {
        "version": version(),
        "source": [str(source.resolve()), status.st_size, status.st_mtime_ns],
        "prior": _prior(settings.prior),
        "settings": {
            field.name: _plain(getattr(settings, field.name))
            for field in fields(settings)
            if field.name not in _IDLE
        },
    }


def _prior(prior: FlowPrior | str | Path) -> str:
    if isinstance(prior, FlowPrior):
        return prior.info.checksum or _weights(prior)
    if prior == "auto":
        return "auto"
    return str(read_header(prior_path(prior)).card["checksum"])


def _weights(prior: FlowPrior) -> str:
    """Return the checksum of a prior that comes from no file."""
    found = hashlib.sha256(str(prior.flow.config).encode())
    for tensor in prior.flow.state_dict().values():
        found.update(tensor.detach().cpu().double().numpy().tobytes())
    return found.hexdigest()


def _plain(value: Any) -> Any:
    """Return something for JSON that is other for another value."""
    if isinstance(value, np.ndarray):
        content = np.ascontiguousarray(value).tobytes()
        return [str(value.dtype), value.shape, hashlib.sha256(content).hexdigest()]
    if isinstance(value, Degradation) and len(value.steps) > 1:
        return _plain(value.steps)
    if is_dataclass(value):
        told = {field.name: getattr(value, field.name) for field in fields(value)}
        return {"kind": type(value).__name__} | {n: _plain(v) for n, v in told.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return str(value)
