"""The prior file: safetensors with a JSON header, checked before memory is taken."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor

from napari_flowprior._errors import InputError, PriorFileError
from napari_flowprior.data import atomic_path
from napari_flowprior.priors._check import (
    DTYPES,
    FORMAT_VERSION,
    Header,
    check_depth,
    check_entries,
    check_size,
    check_tensors,
    check_version,
    clip,
    expected_shapes,
    read_config,
)

if TYPE_CHECKING:
    from napari_flowprior.flow import FlowConfig

__all__ = ["FORMAT_VERSION", "Header", "read_header", "read_tensors", "write"]

_KEY = "flowprior"
# Older files have the card alone.
_SUM_KEY = "header_checksum"
_LENGTH_BYTES = 8
_MAX_HEADER = 2**20
_MAX_FILE = 2**31
# Smaller kernels save too little to be worth their precision.
_SMALL = 4096


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
        metadata of wrong types, tensors of other names or shapes than its flow, or a
        header that is not as it was written.

    Examples
    --------
    >>> from napari_flowprior.priors import prior_path, read_header
    >>> header = read_header(prior_path("photo-gray"))
    >>> header.config.channels
    1
    """
    size = _file_size(path)
    header = _parse(path, size)
    check_version(path, header.card)
    try:
        check_entries(header.card)
        expected = expected_shapes(header)
    except InputError as error:
        raise PriorFileError(f"{path} is no valid prior: {clip(error)}") from error
    check_tensors(path, header, expected, size)
    if header.changed:
        raise PriorFileError(
            f"{path} is damaged: the checksum of its header does not match. Copy or "
            "train it anew."
        )
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
    half: bool,
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
        Tensors by name.
    half : bool
        Whether large convolution kernels are stored as float16; all else is float32.
    overwrite : bool
        Whether an existing file may be replaced.

    Raises
    ------
    InputError
        If the file exists and may not be replaced, cannot be written, or could not be
        read again: values are not finite, metadata of wrong types, sizes too large.
    """
    stored = {name: _stored(tensor, half) for name, tensor in tensors.items()}
    try:
        content = _encode(config, card, stored)
    except (ValueError, TypeError, RecursionError) as error:
        raise InputError(f"{path} cannot be written: {error}") from error
    with atomic_path(path, overwrite=overwrite) as temporary:
        Path(temporary).write_bytes(content)


def _stored(tensor: Tensor, half: bool) -> Tensor:
    halved = half and tensor.ndim == 4 and tensor.numel() > _SMALL
    dtype = torch.float16 if halved else torch.float32
    return tensor.detach().to("cpu", dtype).contiguous()


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
    check_entries(read)
    check_size(read_config(read["flow"]))
    entries = json.loads(bare[_LENGTH_BYTES : _start(bare)])
    checksum = _header_checksum(text, entries)
    content = _in_order(save(tensors, {_KEY: text, _SUM_KEY: checksum}))
    if _start(content) > _MAX_HEADER or len(content) > _MAX_FILE:
        raise InputError("its metadata or its tensors are too large.")
    return content


def _in_order(content: bytes) -> bytes:
    """Sort the metadata of a file, whose order safetensors leaves to chance."""
    start = _start(content)
    header = json.loads(content[_LENGTH_BYTES:start])
    metadata = {"__metadata__": dict(sorted(header.pop("__metadata__").items()))}
    text = json.dumps(metadata | header, separators=(",", ":"), ensure_ascii=False)
    raw = text.encode()
    raw += b" " * (-len(raw) % _LENGTH_BYTES)
    return len(raw).to_bytes(_LENGTH_BYTES, "little") + raw + content[start:]


def _header_checksum(card: str, tensors: dict[str, Any]) -> str:
    """Return the SHA-256 of what a header says, in whatever order."""
    said = json.dumps([card, tensors], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def _start(content: bytes) -> int:
    return _LENGTH_BYTES + int.from_bytes(content[:_LENGTH_BYTES], "little")


def _not_finite(tensors: dict[str, Tensor]) -> str:
    """Return the name of a tensor with a value that is not finite, or ``""``."""
    bad = (name for name, tensor in tensors.items() if not tensor.isfinite().all())
    return next(bad, "")


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
    values = np.frombuffer(content, DTYPES[entry["dtype"]], number, begin)
    return torch.from_numpy(values.astype(np.float32).reshape(entry["shape"]))


def _parse(path: Path, size: int) -> Header:
    start = _start(_read(path, 0, _LENGTH_BYTES))
    length = start - _LENGTH_BYTES
    if not (2 <= length <= _MAX_HEADER and start <= size):
        raise PriorFileError(f"{path} is no prior, or it is truncated.")
    raw = _read(path, _LENGTH_BYTES, length)
    try:
        tensors = json.loads(raw.decode("utf-8"))
        metadata = tensors.pop("__metadata__")
        card = _decode_card(metadata[_KEY])
        checksum = _header_checksum(metadata[_KEY], tensors)
        if not all(isinstance(entry["shape"], list) for entry in tensors.values()):
            raise TypeError
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise PriorFileError(
            f"{path} is a file of another kind: it has no valid {_KEY} header."
        ) from error
    # A damaged name of the checksum does not make a file an older one.
    changed = set(metadata) != {_KEY} and metadata.get(_SUM_KEY) != checksum
    return Header(card, tensors, start, changed)


def _decode_card(text: str) -> dict[str, Any]:
    card = json.loads(text)
    if not isinstance(card, dict):
        raise TypeError("the metadata are no mapping.")
    check_depth(card)
    # Half of a surrogate pair could be neither printed nor shown.
    json.dumps(card, ensure_ascii=False).encode("utf-8")
    return card
