"""What the header of a prior file must be like; the file is data from strangers."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass, fields
from functools import lru_cache
from reprlib import repr as short  # values from a file may be of any length
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from napari_flowprior._errors import InputError, PriorFileError
from napari_flowprior.flow import FlowConfig, MultiscaleFlow

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "DTYPES",
    "FORMAT_VERSION",
    "Header",
    "check_depth",
    "check_entries",
    "check_size",
    "check_tensors",
    "check_version",
    "clip",
    "empty_flow",
    "expected_shapes",
    "read_config",
]

FORMAT_VERSION = 1
_MAX_STEPS = 128
_MAX_BLOCKS = 512
_MAX_DEPTH = 16
_MAX_SIGMA = 100
_MAX_SHOWN = 200
_MAX_FACTOR = 1000
# Most priors share one of few.
_ARCHITECTURES = 4
DTYPES: dict[str, np.dtype[Any]] = {"F16": np.dtype("<f2"), "F32": np.dtype("<f4")}
_ENTRIES = {
    "name": str,
    "description": str,
    "normalisation": str,
    "training": dict,
    "calibration": dict,
    "licence": str,
    "sources": list,
    "checksum": str,
}


@dataclass(frozen=True)
class Header:
    """What a prior file says before its tensors begin.

    Parameters
    ----------
    card : dict
        The JSON card: format version, flow config, metadata, checksum.
    tensors : dict
        For each tensor its ``dtype``, ``shape`` and ``data_offsets``.
    start : int
        Where the tensors begin, in bytes from the start of the file.
    changed : bool
        Whether its checksum, if it has one, is of another header.
    """

    card: dict[str, Any]
    tensors: dict[str, dict[str, Any]]
    start: int
    changed: bool = False

    @property
    def config(self) -> FlowConfig:
        """Architecture of the flow."""
        return read_config(self.card.get("flow"))

    @property
    def size(self) -> int:
        """Size of all tensors in bytes."""
        ends = (entry["data_offsets"][1] for entry in self.tensors.values())
        return max(ends, default=0)


def check_depth(value: Any, left: int = _MAX_DEPTH) -> None:
    """Refuse nesting that no card needs and that could exhaust the stack."""
    if not left:
        raise InputError(f"the metadata are nested deeper than {_MAX_DEPTH}.")
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            check_depth(item, left - 1)


def check_version(path: Path, card: dict[str, Any]) -> None:
    """Refuse a format that this release does not know."""
    version = card.get("format_version")
    if type(version) is not int or version < 1:
        raise PriorFileError(f"{path} has no valid format version: {short(version)}.")
    if version > FORMAT_VERSION:
        raise PriorFileError(
            f"{path} has format version {short(version)}; this release of "
            f"napari-flowprior reads up to {FORMAT_VERSION}. Update napari-flowprior."
        )


def check_entries(card: dict[str, Any]) -> None:
    """Refuse metadata of other types than are written."""
    if "checksum" not in card:
        raise InputError("it has no checksum.")
    for name, kind in _ENTRIES.items():
        if name in card and not isinstance(card[name], kind):
            raise InputError(
                f"{name} is {short(card[name])}; it must be a {kind.__name__}."
            )
    for damage, entry in card.get("calibration", {}).items():
        _check_calibration(damage, entry)
    for source in card.get("sources", ()):
        if not isinstance(source, str):
            raise InputError(f"sources hold {short(source)}; they must be texts.")
    for name in ("sigma_min", "sigma_max", "density_sigma_max"):
        level = card.get(name, 0.0)
        if type(level) not in (int, float) or not 0 <= level < _MAX_SIGMA:
            raise InputError(
                f"{name} is {short(level)}; it must be in [0, {_MAX_SIGMA})."
            )


def _check_calibration(damage: str, entry: Any) -> None:
    given = entry if isinstance(entry, dict) else {}
    factors = given.get("factor"), given.get("factor_of_sums", 1.0)
    if not all(map(_is_factor, factors)):
        raise InputError(
            f"the calibration for {short(damage)} is {short(entry)}; it must hold a "
            f"factor in (0, {_MAX_FACTOR}]."
        )


def _is_factor(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and 0 < value <= _MAX_FACTOR


def read_config(values: Any) -> FlowConfig:
    """Make the config of the flow, without any conversion of types."""
    if not isinstance(values, dict):
        raise InputError(f"flow is {short(values)}; it must be a dict.")
    for entry in fields(FlowConfig):
        value = values.get(entry.name, entry.default)
        kind = type(entry.default)
        # JSON knows lists only.
        kind = list if kind is tuple and entry.name in values else kind
        # JSON may write 2.0 as 2.
        if type(value) is not kind and not (kind is float and type(value) is int):
            raise InputError(
                f"{entry.name} is {short(value)}; it must be of type {kind.__name__}."
            )
    return FlowConfig.from_dict(values)


def check_size(config: FlowConfig) -> None:
    """Refuse flows that would take long to build."""
    steps = config.levels * config.steps
    if steps > _MAX_STEPS or steps * (config.blocks + 1) > _MAX_BLOCKS:
        raise InputError(
            f"{config.levels} levels of {config.steps} steps of {config.blocks} blocks "
            f"are too many; a prior may have {_MAX_STEPS} steps and {_MAX_BLOCKS} "
            "blocks, counting one more for each step."
        )


def expected_shapes(header: Header) -> dict[str, list[int]]:
    """Find the shapes of a flow's tensors without taking memory for them."""
    config = header.config
    check_size(config)
    # Building a flow takes time even without memory, so a short file has to wait.
    if len(header.tensors) < config.levels * config.steps * (config.blocks + 1):
        raise InputError(f"{len(header.tensors)} tensors are too few for its flow.")
    tensors = _template(config).state_dict()
    return {name: list(tensor.shape) for name, tensor in tensors.items()}


def empty_flow(config: FlowConfig) -> MultiscaleFlow:
    """Return a flow whose weights take no memory."""
    return copy.deepcopy(_template(config))


@lru_cache(maxsize=_ARCHITECTURES)
def _template(config: FlowConfig) -> MultiscaleFlow:
    """Return a flow that is copied, as to build one takes much longer."""
    with torch.device("meta"):
        return MultiscaleFlow(config)


def check_tensors(
    path: Path, header: Header, expected: dict[str, list[int]], size: int
) -> None:
    """Refuse tensors that are not exactly those of the flow."""
    different = set(expected) ^ set(header.tensors)
    if different:
        name = min(different)
        raise PriorFileError(
            f"{path} does not fit its flow: the tensor {clip(name)} is "
            f"{'missing' if name in expected else 'unknown'}."
        )
    for name, entry in header.tensors.items():
        _check_entry(path, name, entry, expected[name])
    end = 0
    for begin, after in sorted(e["data_offsets"] for e in header.tensors.values()):
        if begin != end:
            raise PriorFileError(f"{path} has tensors that overlap or leave gaps.")
        end = after
    if header.start + end != size:
        raise PriorFileError(
            f"{path} has {size} bytes; its header announces {header.start + end}. "
            "It is truncated or has been changed."
        )


def _check_entry(
    path: Path, name: str, entry: dict[str, Any], shape: list[int]
) -> None:
    # 1.0 and true equal 1, but are no sizes.
    if entry["shape"] != shape or {type(n) for n in entry["shape"]} != {int}:
        raise PriorFileError(
            f"{path} holds {name} of shape {short(entry['shape'])}; its flow needs "
            f"{shape}."
        )
    dtype = DTYPES.get(str(entry.get("dtype")))
    if dtype is None:
        raise PriorFileError(
            f"{path} holds {name} as {short(entry.get('dtype'))}; use one of "
            f"{', '.join(DTYPES)}."
        )
    offsets = entry.get("data_offsets")
    if not isinstance(offsets, list) or [type(n) for n in offsets] != [int, int]:
        raise PriorFileError(f"{path} does not say where {name} lies.")
    if offsets[1] - offsets[0] != dtype.itemsize * math.prod(shape):
        raise PriorFileError(f"{path} holds {name} in a wrong number of bytes.")


def clip(text: object) -> str:
    """Return a text that a file may have had a say in, short and fit for a terminal."""
    shown = "".join(c if c.isprintable() else "?" for c in str(text)[:_MAX_SHOWN])
    return shown if len(str(text)) <= _MAX_SHOWN else f"{shown}..."
