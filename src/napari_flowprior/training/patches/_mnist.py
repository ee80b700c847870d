"""The MNIST digits, from an npz file or from the usual idx files."""

from __future__ import annotations

import gzip
import struct
import tokenize
import zipfile
import zlib
from typing import IO, TYPE_CHECKING, Protocol

import numpy as np
from numpy.lib import format as npy

from napari_flowprior._errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["read_mnist"]

_SIDE = 28
_MOST = 1_000_000
"""Digits in a file; more would be 784 MB."""
_MAGIC = 0x803
"""Of idx files: unsigned bytes in three dimensions."""
_CHUNK = 2**20
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_NPZ = ("x_train.npy", "x_test.npy")
_IDX = ("train-images", "t10k-images")
_ENDINGS = tuple(
    f"{joint}idx3-ubyte{packed}" for joint in "-." for packed in ("", ".gz")
)


_DAMAGE = (
    OSError,
    EOFError,
    ValueError,
    OverflowError,
    struct.error,
    zlib.error,
    zipfile.BadZipFile,
    # Of zipfile, for passwords.
    RuntimeError,
    # Of the header of an array, which is a Python literal.
    SyntaxError,
    tokenize.TokenError,
)
"""What reading a damaged file may raise."""


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def read_mnist(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Read the digits, without their labels.

    Parameters
    ----------
    path : Path
        An npz file with the arrays ``x_train`` and ``x_test``, or a folder with the
        files ``train-images-idx3-ubyte`` and ``t10k-images-idx3-ubyte``, plain or
        compressed by gzip.

    Returns
    -------
    training, test : ndarray of uint8, shape (N, 28, 28) and (M, 28, 28)
        Digits, light on black.

    Raises
    ------
    InputError
        If files are missing, damaged, or hold something else.

    Examples
    --------
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from napari_flowprior.training import read_mnist
    >>> digits = np.zeros((5, 28, 28), np.uint8)
    >>> np.savez("mnist.npz", x_train=digits, x_test=digits[:2])
    >>> training, test = read_mnist(Path("mnist.npz"))
    >>> training.shape, test.shape
    ((5, 28, 28), (2, 28, 28))
    """
    try:
        training, test = _read_idx(path) if path.is_dir() else _read_npz(path)
    except FileNotFoundError as error:
        raise InputError(f"There is no file {path}; name that of MNIST.") from error
    except InputError:
        raise
    except _DAMAGE as error:
        raise InputError(
            f"{path} cannot be read as MNIST ({error}); fetch it once more."
        ) from error
    return training, test


def _read_npz(path: Path) -> list[NDArray[np.uint8]]:
    with zipfile.ZipFile(path) as archive:
        missing = sorted(set(_NPZ) - set(archive.namelist()))
        if missing:
            raise InputError(
                f"{path} has no array {missing[0].removesuffix('.npy')}; name an npz "
                "file with x_train and x_test."
            )
        return [_read_npy(archive, name) for name in _NPZ]


def _read_npy(archive: zipfile.ZipFile, name: str) -> NDArray[np.uint8]:
    what = f"The array {name.removesuffix('.npy')}"
    # Others take as much memory as the file says.
    if archive.getinfo(name).compress_type not in _PACKINGS:
        raise InputError(
            f"{what} is packed as numpy does not; save it once more with numpy.savez."
        )
    with archive.open(name) as file:
        shape, fortran, dtype = _npy_header(file)
        if dtype != np.uint8 or fortran or len(shape) != 3:
            raise InputError(
                f"{what} has type {dtype} and shape {shape}; MNIST has uint8 of "
                f"shape (N, {_SIDE}, {_SIDE})."
            )
        return _read_digits(file, shape, what)


def _npy_header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[np.generic]]:
    # The header alone: nothing is unpickled, and no memory taken for what it claims.
    # Headers of later versions may be gigabytes long; plain arrays never need them.
    version = npy.read_magic(file)
    if version != (1, 0):
        raise InputError(
            f"An array is of npy version {version}; MNIST has version (1, 0), so save "
            "it once more with numpy.savez."
        )
    return npy.read_array_header_1_0(file)


def _read_idx(folder: Path) -> list[NDArray[np.uint8]]:
    return [_read_idx_file(_find(folder, name)) for name in _IDX]


def _find(folder: Path, name: str) -> Path:
    for ending in _ENDINGS:
        if (folder / f"{name}{ending}").is_file():
            return folder / f"{name}{ending}"
    raise InputError(
        f"The folder {folder} has no file {name}-idx3-ubyte, plain or .gz; name the "
        "folder with the idx files of MNIST, or an npz file."
    )


def _read_idx_file(path: Path) -> NDArray[np.uint8]:
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        header = file.read(16)
        if len(header) < 16:
            raise InputError(f"{path} ends within its header; fetch it once more.")
        magic, *shape = struct.unpack(">4I", header)
        if magic != _MAGIC:
            raise InputError(
                f"{path} starts with {magic:#x} where idx files of images have "
                f"{_MAGIC:#x}; it is not one."
            )
        return _read_digits(file, tuple(shape), str(path))


def _read_digits(
    file: _Readable, shape: tuple[int, ...], what: str
) -> NDArray[np.uint8]:
    number = shape[0]
    if shape[1:] != (_SIDE, _SIDE) or not 0 < number <= _MOST:
        raise InputError(
            f"{what} claims shape {shape}; MNIST has (N, {_SIDE}, {_SIDE}), at most "
            f"{_MOST} digits."
        )
    expected = number * _SIDE**2
    # In pieces, and one byte too many: memory grows with what is there, and excess
    # shows.
    digits = bytearray()
    while len(digits) <= expected:
        piece = file.read(min(_CHUNK, expected + 1 - len(digits)))
        if not piece:
            break
        digits += piece
    if len(digits) != expected:
        excess = "more" if len(digits) > expected else f"{len(digits)}"
        raise InputError(
            f"{what} claims {expected} bytes and has {excess}; fetch it once more."
        )
    return np.frombuffer(digits, np.uint8).reshape(shape)
