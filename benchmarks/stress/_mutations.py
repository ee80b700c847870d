"""Ways to damage a prior file, each by the numbers that a generator draws."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Mutation = Callable[[bytes, np.random.Generator], bytes]

__all__ = ["MARKER", "MUTATIONS", "TURNED"]

# The folder that is made where something in a file is run.
MARKER = "was-executed"
HOSTILE = (
    *(None, True, -1, 0, 2**31, 2**63, 10**300, 0.5, -0.0, 1e308, float("nan")),
    *(
        float("inf"),
        "",
        "a" * 10_000,
        "\x00",
        "\ud800",
        "../../etc",
        [],
        {},
        [1] * 1000,
    ),
    *([[[[1]]]], {"a": {"b": []}}, ["F32"], "F64", "I64"),
)


def taken_apart(content: bytes) -> tuple[bytes, bytes]:
    start = 8 + int.from_bytes(content[:8], "little")
    return content[8:start], content[start:]


def put_together(header: bytes, body: bytes) -> bytes:
    return len(header).to_bytes(8, "little") + header + body


def opened(content: bytes) -> tuple[dict[str, Any], dict[str, Any], bytes]:
    """Return the card, the entries of the tensors, and the tensors."""
    text, body = taken_apart(content)
    entries = json.loads(text)
    return json.loads(entries.pop("__metadata__")["flowprior"]), entries, body


def closed(card: Any, entries: dict[str, Any], body: bytes) -> bytes:
    metadata = {"__metadata__": {"flowprior": json.dumps(card)}}
    return put_together(json.dumps(metadata | entries).encode(), body)


def summed(card: dict[str, Any], entries: dict[str, Any], body: bytes) -> bytes:
    """Close a file with the checksum that belongs to its tensors."""
    card["checksum"] = hashlib.sha256(body).hexdigest()
    return closed(card, entries, body)


def picked(options: Any, rng: np.random.Generator) -> Any:
    return options[int(rng.integers(len(options)))]


def turned(content: bytes, rng: np.random.Generator) -> bytes:
    """Turn one bit, or as many as 64."""
    changed = bytearray(content)
    for place in rng.integers(len(content), size=2 ** rng.integers(7)):
        changed[place] ^= 1 << int(rng.integers(8))
    return bytes(changed)


def turned_header(content: bytes, rng: np.random.Generator) -> bytes:
    header, body = taken_apart(content)
    return put_together(turned(header, rng), body)


def turned_weights(content: bytes, rng: np.random.Generator) -> bytes:
    card, entries, body = opened(content)
    return summed(card, entries, turned(body, rng))


def special_weights(content: bytes, rng: np.random.Generator) -> bytes:
    card, entries, body = opened(content)
    weights = np.frombuffer(body, "<f4").copy()
    places = rng.integers(len(weights), size=2 ** rng.integers(4))
    weights[places] = picked([np.nan, np.inf, -np.inf, 3e38, 1e-42], rng)
    return summed(card, entries, weights.tobytes())


def cut_off(content: bytes, rng: np.random.Generator) -> bytes:
    return content[: int(rng.integers(len(content)))]


def lengthened(content: bytes, rng: np.random.Generator) -> bytes:
    return content + rng.bytes(int(rng.integers(1, 10_000)))


def other_length(content: bytes, rng: np.random.Generator) -> bytes:
    """Say that the header has another length, mostly a huge one."""
    length = int(rng.integers(2**64, dtype=np.uint64)) >> int(rng.integers(64))
    return length.to_bytes(8, "little") + content[8:]


def malformed(content: bytes, rng: np.random.Generator) -> bytes:
    """Take out, repeat or exchange a piece of the JSON."""
    header, body = taken_apart(content)
    start, end = sorted(rng.integers(len(header) + 1, size=2).tolist())
    middle = picked([b"", header[start:end] * 2, b"[" * 5000, rng.bytes(9)], rng)
    return put_together(header[:start] + middle + header[end:], body)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(value, list):
        value = dict(enumerate(value))
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))


def exchanged(value: Any, rng: np.random.Generator) -> Any:
    """Put something hostile in some place, or take away or rename what was there."""
    *path, last = picked(list(leaves(value)), rng)
    inner = value
    for key in path:
        inner = inner[key]
    if rng.random() < 0.8:
        inner[last] = picked(HOSTILE, rng)
        return value
    taken = inner.pop(last)
    if isinstance(inner, dict) and rng.random() < 0.5:
        inner[picked(["", "a" * 5000, "\x1b[2J", "__class__"], rng)] = taken
    return value


def other_card(content: bytes, rng: np.random.Generator) -> bytes:
    card, entries, body = opened(content)
    return closed(exchanged(card, rng), entries, body)


def other_entries(content: bytes, rng: np.random.Generator) -> bytes:
    card, entries, body = opened(content)
    return closed(card, exchanged(entries, rng), body)


def other_numbers(content: bytes, rng: np.random.Generator) -> bytes:
    """Change a size of the flow, or a shape, to another that might be one."""
    card, entries, body = opened(content)
    number = int(2 ** rng.uniform(0, 40))
    if rng.random() < 0.5:
        sizes = [key for key, value in card["flow"].items() if type(value) is int]
        card["flow"][picked(sizes, rng)] = number
    else:
        shape = picked([e["shape"] for e in entries.values() if e["shape"]], rng)
        shape[int(rng.integers(len(shape)))] = number
    return closed(card, entries, body)


def newer(content: bytes, rng: np.random.Generator) -> bytes:
    card, entries, body = opened(content)
    card["format_version"] = int(rng.integers(2, 2**40))
    return closed(card, entries, body)


def missing(content: bytes, rng: np.random.Generator) -> bytes:
    card, entries, body = opened(content)
    for name in rng.permutation(list(entries))[: rng.integers(1, len(entries))]:
        del entries[name]
    return closed(card, entries, body)


def duplicate(content: bytes, rng: np.random.Generator) -> bytes:
    """Name a tensor twice, or put two tensors in one place."""
    card, entries, body = opened(content)
    first, second = rng.choice(list(entries), 2, replace=False).tolist()
    if rng.random() < 0.5:
        entries[second] = dict(entries[first])
        return closed(card, entries, body)
    text, _ = taken_apart(content)
    again = f'{{"{first}": {json.dumps(entries[second])}, '.encode()
    return put_together(again + text[1:], body)


class Payload:
    """Makes a folder when it is unpickled."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (self.path,)


def foreign(content: bytes, rng: np.random.Generator) -> bytes:
    """Put a pickle, or an archive of one, where the prior was, whole or inside it."""
    pickled = pickle.dumps(Payload(MARKER), int(rng.integers(6)))
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr("archive/data.pkl", pickled)
    _, body = taken_apart(content)
    whole = picked([pickled, memory.getvalue()], rng)
    return picked([whole, content + whole, put_together(whole, body)], rng)


MUTATIONS: tuple[Mutation, ...] = (
    *(turned, turned_header, turned_weights, special_weights, cut_off, lengthened),
    *(other_length, malformed, other_card, other_entries, other_numbers, newer),
    *(missing, duplicate, foreign),
)
# What disks and cables do, which the checksums of a file find.
TURNED = (turned, turned_header)
