"""The prior file: safetensors with a JSON header, checked before memory is taken."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from reprlib import repr as short  # values from a file may be of any length
from stat import S_ISDIR, S_ISREG
from typing import Any

import numpy as np
import torch
from safetensors.torch import save
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
_MAX_BLOCKS = 512
_MAX_DEPTH = 16
_MAX_SIGMA = 100
_MAX_SHOWN = 200
_DTYPES: dict[str, np.dtype[Any]] = {"F16": np.dtype("<f2"), "F32": np.dtype("<f4")}
_ENTRIES = {
    "name": str,
    "description": str,
    "normalisation": str,
    "training": dict,
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
    """

    card: dict[str, Any]
    tensors: dict[str, dict[str, Any]]
    start: int

    @property
    def config(self) -> FlowConfig:
        """Architecture of the flow."""
        return _config(self.card.get("flow"))

    @property
    def size(self) -> int:
        """Size of all tensors in bytes."""
        ends = (entry["data_offsets"][1] for entry in self.tensors.values())
        return max(ends, default=0)


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
        If the file is missing, no prior, truncated, oversized, of a newer format, has
        metadata of wrong types, or tensors of other names or shapes than its flow.
    """
    size = _file_size(path)
    header = _parse(path, size)
    _check_version(path, header.card)
    try:
        _check_entries(header.card)
        expected = _expected_shapes(header)
    except InputError as error:
        raise PriorFileError(f"{path} is no valid prior: {_clip(error)}") from error
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
    content = _read(path, header.start, header.size)
    if hashlib.sha256(content).hexdigest() != header.card["checksum"]:
        raise PriorFileError(
            f"{path} is damaged: its checksum does not match. Copy or train it anew."
        )
    tensors = {name: _tensor(content, entry) for name, entry in header.tensors.items()}
    bad = _not_finite(tensors)
    if bad:
        raise PriorFileError(
            f"{path} holds values that are not finite in {bad}. Train it anew."
        )
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

    Raises
    ------
    InputError
        If the file exists and may not be replaced, cannot be written, or could not be
        read again: values are not finite, metadata of wrong types, sizes too large.
    """
    contiguous = {name: t.detach().cpu().contiguous() for name, t in tensors.items()}
    try:
        content = _encode(config, card, contiguous)
    except (ValueError, TypeError, RecursionError) as error:
        raise InputError(f"{path} cannot be written: {error}") from error
    with atomic_path(path, overwrite=overwrite) as temporary:
        Path(temporary).write_bytes(content)


def _encode(
    config: FlowConfig, card: dict[str, Any], tensors: dict[str, Tensor]
) -> bytes:
    """Return the content of a file, after the checks that reading it will make."""
    bad = _not_finite(tensors)
    if bad:
        raise InputError(f"{bad} holds values that are not finite.")
    bare = save(tensors)
    full = {
        "format_version": FORMAT_VERSION,
        **card,
        "flow": asdict(config),
        "checksum": hashlib.sha256(bare[_start(bare) :]).hexdigest(),
    }
    text = json.dumps(full)
    read = _decode_card(text)
    _check_entries(read)
    _check_size(_config(read["flow"]))
    content = save(tensors, metadata={_KEY: text})
    if _start(content) > _MAX_HEADER or len(content) > _MAX_FILE:
        raise InputError("its metadata or its tensors are too large.")
    return content


def _start(content: bytes) -> int:
    return _LENGTH_BYTES + int.from_bytes(content[:_LENGTH_BYTES], "little")


def _not_finite(tensors: dict[str, Tensor]) -> str:
    """Return the name of a tensor with a value that is not finite, or ``""``."""
    bad = (name for name, tensor in tensors.items() if not tensor.isfinite().all())
    return next(bad, "")


def _clip(text: object) -> str:
    """Return a text that a file may have had a say in, short and fit for a terminal."""
    shown = "".join(c if c.isprintable() else "?" for c in str(text)[:_MAX_SHOWN])
    return shown if len(str(text)) <= _MAX_SHOWN else f"{shown}..."


def _file_size(path: Path) -> int:
    try:
        status = path.stat()
    # A name with a null character is a ValueError.
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise PriorFileError(f"There is no prior at {path}: {reason}.") from error
    if S_ISDIR(status.st_mode):
        raise PriorFileError(f"{path} is a folder; name a .safetensors file in it.")
    if not S_ISREG(status.st_mode):
        raise PriorFileError(f"{path} is no regular file; name a .safetensors file.")
    if status.st_size > _MAX_FILE:
        raise PriorFileError(
            f"{path} has {status.st_size} bytes; a prior may have {_MAX_FILE} at most."
        )
    return status.st_size


def _read(path: Path, start: int, length: int) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(start)
            return file.read(length)
    except OSError as error:
        raise PriorFileError(
            f"{path} cannot be read ({error.strerror}); check its permissions."
        ) from error


def _tensor(content: bytes, entry: dict[str, Any]) -> Tensor:
    number, begin = math.prod(entry["shape"]), entry["data_offsets"][0]
    values = np.frombuffer(content, _DTYPES[entry["dtype"]], number, begin)
    return torch.from_numpy(values.astype(np.float32).reshape(entry["shape"]))


def _parse(path: Path, size: int) -> Header:
    start = _start(_read(path, 0, _LENGTH_BYTES))
    length = start - _LENGTH_BYTES
    if not (2 <= length <= _MAX_HEADER and start <= size):
        raise PriorFileError(f"{path} is no prior, or it is truncated.")
    raw = _read(path, _LENGTH_BYTES, length)
    try:
        tensors = json.loads(raw.decode("utf-8"))
        card = _decode_card(tensors.pop("__metadata__")[_KEY])
        if not all(isinstance(entry["shape"], list) for entry in tensors.values()):
            raise TypeError
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise PriorFileError(
            f"{path} is a file of another kind: it has no valid {_KEY} header."
        ) from error
    return Header(card, tensors, start)


def _decode_card(text: str) -> dict[str, Any]:
    card = json.loads(text)
    if not isinstance(card, dict):
        raise TypeError("the metadata are no mapping.")
    _check_depth(card, _MAX_DEPTH)
    # Half of a surrogate pair could be neither printed nor shown.
    json.dumps(card, ensure_ascii=False).encode("utf-8")
    return card


def _check_depth(value: Any, left: int) -> None:
    if not left:
        raise InputError(f"the metadata are nested deeper than {_MAX_DEPTH}.")
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            _check_depth(item, left - 1)


def _check_version(path: Path, card: dict[str, Any]) -> None:
    version = card.get("format_version")
    if type(version) is not int or version < 1:
        raise PriorFileError(f"{path} has no valid format version: {short(version)}.")
    if version > FORMAT_VERSION:
        raise PriorFileError(
            f"{path} has format version {short(version)}; this release of "
            f"napari-flowprior reads up to {FORMAT_VERSION}. Update napari-flowprior."
        )


def _check_entries(card: dict[str, Any]) -> None:
    if "checksum" not in card:
        raise InputError("it has no checksum.")
    for name, kind in _ENTRIES.items():
        if name in card and not isinstance(card[name], kind):
            raise InputError(
                f"{name} is {short(card[name])}; it must be a {kind.__name__}."
            )
    for source in card.get("sources", ()):
        if not isinstance(source, str):
            raise InputError(f"sources hold {short(source)}; they must be texts.")
    sigma_max = card.get("sigma_max", 0.0)
    if type(sigma_max) not in (int, float) or not 0 <= sigma_max < _MAX_SIGMA:
        raise InputError(
            f"sigma_max is {short(sigma_max)}; it must be in [0, {_MAX_SIGMA})."
        )


def _config(values: Any) -> FlowConfig:
    if not isinstance(values, dict):
        raise InputError(f"flow is {short(values)}; it must be a dict.")
    for entry in fields(FlowConfig):
        value = values.get(entry.name, entry.default)
        kind = type(entry.default)
        # JSON may write 2.0 as 2.
        if type(value) is not kind and not (kind is float and type(value) is int):
            raise InputError(
                f"{entry.name} is {short(value)}; it must be of type {kind.__name__}."
            )
    return FlowConfig.from_dict(values)


def _check_size(config: FlowConfig) -> None:
    steps = config.levels * config.steps
    if steps > _MAX_STEPS or steps * (config.blocks + 1) > _MAX_BLOCKS:
        raise InputError(
            f"{config.levels} levels of {config.steps} steps of {config.blocks} blocks "
            f"are too many; a prior may have {_MAX_STEPS} steps and {_MAX_BLOCKS} "
            "blocks, counting one more for each step."
        )


def _expected_shapes(header: Header) -> dict[str, list[int]]:
    config = header.config
    _check_size(config)
    # Building a flow takes time even without memory, so a short file has to wait.
    if len(header.tensors) < config.levels * config.steps * (config.blocks + 1):
        raise InputError(f"{len(header.tensors)} tensors are too few for its flow.")
    with torch.device("meta"):
        flow = MultiscaleFlow(config)
    return {name: list(tensor.shape) for name, tensor in flow.state_dict().items()}


def _check_tensors(
    path: Path, header: Header, expected: dict[str, list[int]], size: int
) -> None:
    different = set(expected) ^ set(header.tensors)
    if different:
        name = min(different)
        raise PriorFileError(
            f"{path} does not fit its flow: the tensor {_clip(name)} is "
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
    dtype = _DTYPES.get(str(entry.get("dtype")))
    if dtype is None:
        raise PriorFileError(
            f"{path} holds {name} as {short(entry.get('dtype'))}; use one of "
            f"{', '.join(_DTYPES)}."
        )
    offsets = entry.get("data_offsets")
    if not isinstance(offsets, list) or [type(n) for n in offsets] != [int, int]:
        raise PriorFileError(f"{path} does not say where {name} lies.")
    if offsets[1] - offsets[0] != dtype.itemsize * math.prod(shape):
        raise PriorFileError(f"{path} holds {name} in a wrong number of bytes.")
