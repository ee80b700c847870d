"""Image files of every kind, and ways to break them."""

from __future__ import annotations

import io
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import tifffile
import zarr
from _mutations import cut_off, lengthened, picked, turned
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    Breaking = Callable[[Path, np.random.Generator], object]

__all__ = ["BREAKINGS", "WRITERS"]

SIDE = 48
# What damage might make of a length or a size.
VALUES = (0, 1, 0x7F, 0xFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)


def smooth(*shape: int) -> NDArray[np.float64]:
    """Make an image from 0 to 1 that has content, but can be compressed."""
    where = np.indices(shape).sum(0) / 9
    noise = np.random.default_rng(0).random(shape)
    values: NDArray[np.float64] = (1 + np.sin(where)) * 0.4 + noise * 0.2
    return values


def grey(kind: str = "u1", *stack: int) -> NDArray[Any]:
    return (smooth(*stack, SIDE, SIDE) * np.iinfo(kind).max).astype(kind)


def colours() -> NDArray[np.uint8]:
    return (smooth(SIDE, SIDE, 3) * 255).astype(np.uint8)


def photo(path: Path, pixels: NDArray[Any]) -> None:
    Image.fromarray(pixels).save(path)


def tiff(path: Path, pixels: NDArray[Any], **how: Any) -> None:
    tifffile.imwrite(path, pixels, **how)


def store(path: Path, pixels: NDArray[Any], version: Any) -> None:
    array = zarr.create_array(
        path,
        shape=pixels.shape,
        dtype=pixels.dtype,
        chunks=(24, 24),
        zarr_format=version,
    )
    array[:] = pixels


# By the name of a file: what writes it.
WRITERS: dict[str, Callable[[Path], object]] = {
    "grey.png": lambda path: photo(path, grey()),
    "deep.png": lambda path: photo(path, grey("u2")),
    "colours.png": lambda path: photo(path, colours()),
    "grey.jpg": lambda path: photo(path, grey()),
    "colours.jpg": lambda path: photo(path, colours()),
    "plain.tif": lambda path: tiff(path, grey("u2")),
    "stack.tif": lambda path: tiff(path, grey("u2", 3), imagej=True),
    "ome.tif": lambda path: tiff(path, grey("u2", 3), ome=True),
    "packed.tif": lambda path: tiff(path, grey("u2", 3), compression="zlib"),
    "tiles.tif": lambda path: tiff(path, colours(), tile=(16, 16), compression="lzw"),
    "array.npy": lambda path: np.save(path, grey("u2")),
    "two.zarr": lambda path: store(path, grey("u2"), 2),
    "three.zarr": lambda path: store(path, grey("u2"), 3),
}


def changed(path: Path, rng: np.random.Generator, change: Any) -> None:
    """Change the content of a file, or of one that is in a store."""
    inside = sorted(each for each in path.rglob("*") if each.is_file())
    file = picked(inside, rng) if path.is_dir() else path
    file.write_bytes(change(file.read_bytes(), rng))


def turned_bits(path: Path, rng: np.random.Generator) -> None:
    changed(path, rng, turned)


def turned_head(path: Path, rng: np.random.Generator) -> None:
    """Turn bits where files say what they are."""
    changed(path, rng, lambda all_, rng: turned(all_[:200], rng) + all_[200:])


def truncated(path: Path, rng: np.random.Generator) -> None:
    changed(path, rng, cut_off)


def longer(path: Path, rng: np.random.Generator) -> None:
    changed(path, rng, lengthened)


def emptied(path: Path, rng: np.random.Generator) -> None:
    changed(path, rng, lambda _, __: b"")


def zeroed(path: Path, rng: np.random.Generator) -> None:
    """Lose blocks, as of a copy that was interrupted."""

    def change(content: bytes, rng: np.random.Generator) -> bytes:
        start, end = sorted(rng.integers(len(content) + 1, size=2).tolist())
        return content[:start] + bytes(end - start) + content[end:]

    changed(path, rng, change)


def garbage(path: Path, rng: np.random.Generator) -> None:
    changed(path, rng, lambda _, rng: rng.bytes(int(rng.integers(1, 5000))))


def other_value(path: Path, rng: np.random.Generator) -> None:
    """Put something where a length, a size or a place might be."""

    def change(content: bytes, rng: np.random.Generator) -> bytes:
        size = picked((2, 4, 8), rng)
        value = picked(VALUES, rng) % 2 ** (8 * size)
        place = int(rng.integers(max(1, min(len(content), 400) - size)))
        order = picked(("little", "big"), rng)
        replaced = value.to_bytes(size, order)
        return content[:place] + replaced + content[place + size :]

    changed(path, rng, change)


def other_kind(path: Path, rng: np.random.Generator) -> None:
    """Put a file of another kind under the name, or a text."""
    memory = io.BytesIO()
    Image.fromarray(grey()).save(memory, format=picked(("GIF", "BMP", "PNG"), rng))
    content = picked((memory.getvalue(), b"<html>404 Not found</html>\n"), rng)
    if path.is_dir():
        shutil.rmtree(path)
    path.write_bytes(content)


def folder_instead(path: Path, rng: np.random.Generator) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    path.mkdir()


def part_gone(path: Path, rng: np.random.Generator) -> None:
    """Lose a file of a store, or the file itself behind a link."""
    if path.is_dir():
        picked(sorted(e for e in path.rglob("*") if e.is_file()), rng).unlink()
        return
    path.unlink()
    path.symlink_to(path.with_name("gone"))


BREAKINGS: tuple[Breaking, ...] = (
    *(turned_bits, turned_head, truncated, longer, emptied, zeroed, garbage),
    *(other_value, other_kind, folder_instead, part_gone),
)
