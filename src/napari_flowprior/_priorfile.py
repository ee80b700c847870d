"""The prior file: safetensors with a JSON header, checked before memory is taken."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load, save
from torch import Tensor

from napari_flowprior._errors import InputError, PriorFileError
from napari_flowprior.data import atomic_path
from napari_flowprior.flow import FlowConfig, MultiscaleFlow

__all__ = ["FORMAT_VERSION", "Header", "read_header", "read_tensors", "write"]

FORMAT_VERSION = 1
_KEY = "flowprior"
_LENGTH_BYTES = 8
_MAX_HEADER = 2**20
_MAX_FILE = 2**31
_MAX_STEPS = 128
_BYTES = {"F16": 2, "F32": 4}


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
    """

    card: dict[str, Any]
    tensors: dict[str, dict[str, Any]]
    start: int

    @property
    def config(self) -> FlowConfig:
        """Architecture of the flow."""
        return FlowConfig.from_dict(self.card["flow"])


def read_header(path: Path) -> Header:
    """Read and check everything but the tensors themselves.

    Parameters
    ----------
    path : Path
        A prior file.

    Returns
    -------
    Header
        The checked header.

    Raises
    ------
    PriorFileError
        If the file is missing, no prior, truncated, oversized, of a newer format, or
        holds tensors of other names or shapes than its flow.
    """
    size = _file_size(path)
    header = _parse(path, size)
    _check_version(path, header.card)
    try:
        expected = _expected_shapes(header.config)
    except (InputError, KeyError, TypeError) as error:
        raise PriorFileError(f"{path} describes no valid flow: {error}") from error
    _check_tensors(path, header, expected, size)
    return header


def read_tensors(path: Path, header: Header) -> dict[str, Tensor]:
    """Read the tensors and compare their checksum.

    Parameters
    ----------
    path : Path
        A prior file.
    header : Header
        Its header, as read by `read_header`.

    Returns
    -------
    dict
        Tensors by name, as float32.

    Raises
    ------
    PriorFileError
        If the checksum differs or a value is not finite.
    """
    content = path.read_bytes()
    if hashlib.sha256(content[header.start :]).hexdigest() != header.card["checksum"]:
        raise PriorFileError(
            f"{path} is damaged: its checksum does not match. Copy or train it anew."
        )
    tensors = {name: tensor.float() for name, tensor in load(content).items()}
    bad = [name for name, tensor in tensors.items() if not tensor.isfinite().all()]
    if bad:
        raise PriorFileError(f"{path} holds values that are not finite in {bad[0]}.")
    return tensors


def write(
    path: Path,
    config: FlowConfig,
    card: dict[str, Any],
    tensors: dict[str, Tensor],
    *,
    overwrite: bool,
) -> None:
    """Write a prior file under a temporary name, then move it.

    Parameters
    ----------
    path : Path
        File to write.
    config : FlowConfig
        Architecture.
    card : dict
        Metadata, plain data.
    tensors : dict
        Tensors by name, float16 or float32.
    overwrite : bool
        Whether an existing file may be replaced.
    """
    contiguous = {name: t.detach().cpu().contiguous() for name, t in tensors.items()}
    bare = save(contiguous)
    start = _LENGTH_BYTES + int.from_bytes(bare[:_LENGTH_BYTES], "little")
    full = {
        "format_version": FORMAT_VERSION,
        **card,
        "flow": asdict(config),
        "checksum": hashlib.sha256(bare[start:]).hexdigest(),
    }
    content = save(contiguous, metadata={_KEY: json.dumps(full)})
    with atomic_path(path, overwrite=overwrite) as temporary:
        Path(temporary).write_bytes(content)


def _file_size(path: Path) -> int:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise PriorFileError(
            f"There is no prior at {path}: {error.strerror}."
        ) from error
    if path.is_dir():
        raise PriorFileError(f"{path} is a folder; name a .safetensors file in it.")
    if size > _MAX_FILE:
        raise PriorFileError(
            f"{path} has {size} bytes; a prior may have {_MAX_FILE} at most."
        )
    return size


def _parse(path: Path, size: int) -> Header:
    with path.open("rb") as file:
        length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
        if not 2 <= length <= min(_MAX_HEADER, size - _LENGTH_BYTES):
            raise PriorFileError(f"{path} is no prior, or it is truncated.")
        raw = file.read(length)
    try:
        tensors = json.loads(raw)
        card = json.loads(tensors.pop("__metadata__")[_KEY])
        shapes = all(isinstance(entry["shape"], list) for entry in tensors.values())
        if not (isinstance(card, dict) and shapes):
            raise TypeError
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise PriorFileError(
            f"{path} is a file of another kind: it has no {_KEY} header."
        ) from error
    return Header(card, tensors, _LENGTH_BYTES + length)


def _check_version(path: Path, card: dict[str, Any]) -> None:
    version = card.get("format_version")
    if not isinstance(version, int) or version < 1:
        raise PriorFileError(f"{path} has no valid format version: {version!r}.")
    if version > FORMAT_VERSION:
        raise PriorFileError(
            f"{path} has format version {version}; this release of napari-flowprior "
            f"reads up to {FORMAT_VERSION}. Update napari-flowprior."
        )


def _expected_shapes(config: FlowConfig) -> dict[str, list[int]]:
    if config.levels * config.steps > _MAX_STEPS:
        raise InputError(
            f"{config.levels} levels of {config.steps} steps are too many; the product "
            f"may be {_MAX_STEPS} at most."
        )
    with torch.device("meta"):
        flow = MultiscaleFlow(config)
    return {name: list(tensor.shape) for name, tensor in flow.state_dict().items()}


def _check_tensors(
    path: Path, header: Header, expected: dict[str, list[int]], size: int
) -> None:
    different = set(expected) ^ set(header.tensors)
    if different:
        raise PriorFileError(
            f"{path} does not fit its flow: the tensor {min(different)} is "
            f"{'missing' if min(different) in expected else 'unknown'}."
        )
    total = 0
    for name, entry in header.tensors.items():
        if entry["shape"] != expected[name]:
            raise PriorFileError(
                f"{path} holds {name} of shape {entry['shape']}; its flow needs "
                f"{expected[name]}."
            )
        total += _tensor_bytes(path, name, entry)
    if header.start + total != size:
        raise PriorFileError(
            f"{path} has {size} bytes; its header announces {header.start + total}. "
            "It is truncated or has been changed."
        )


def _tensor_bytes(path: Path, name: str, entry: dict[str, Any]) -> int:
    width = _BYTES.get(str(entry.get("dtype")))
    if width is None:
        raise PriorFileError(
            f"{path} holds {name} as {entry.get('dtype')}; use one of {list(_BYTES)}."
        )
    length = width * math.prod(entry["shape"])
    offsets = entry.get("data_offsets")
    if not isinstance(offsets, list) or len(offsets) != 2:
        raise PriorFileError(f"{path} does not say where {name} lies.")
    if offsets[1] - offsets[0] != length:
        raise PriorFileError(f"{path} holds {name} in a wrong number of bytes.")
    return length
