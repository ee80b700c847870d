"""Images that went through libjpeg."""

from __future__ import annotations

import io
from typing import Any

import imagecodecs
import numpy as np
import numpy.typing as npt
import torch
from hypothesis import strategies as st
from PIL import Image
from skimage import data
from torch import Tensor

from napari_flowprior.restoration.jpeg import JPEGCells, JPEGTables

Pixels = npt.NDArray[np.uint8]
GREY: Pixels = data.camera()
COLOUR: Pixels = data.astronaut()
CAT: Pixels = data.chelsea()
SAMPLINGS = {"4:4:4": (1, 1), "4:2:2": (2, 1), "4:2:0": (2, 2)}
# Those that Pillow does not write.
RARE_SAMPLINGS = {"4:4:0": (1, 2), "4:1:1": (4, 1)}
ALL_SAMPLINGS = {**SAMPLINGS, **RARE_SAMPLINGS}
sizes = st.tuples(st.integers(1, 37), st.integers(1, 37))
qualities = st.integers(1, 100)
samplings = st.sampled_from(list(SAMPLINGS))


def encode(image: Pixels, quality: int, sampling: str = "4:2:0", **more: Any) -> bytes:
    if image.ndim == 3 and sampling in RARE_SAMPLINGS:
        rare = sampling.replace(":", "")
        return bytes(imagecodecs.jpeg8_encode(image, level=quality, subsampling=rare))
    buffer = io.BytesIO()
    if image.ndim == 3:
        more["subsampling"] = sampling
    Image.fromarray(image).save(buffer, "JPEG", quality=quality, **more)
    return buffer.getvalue()


def decode(content: bytes) -> Pixels:
    return np.array(Image.open(io.BytesIO(content)))


def compress(image: Pixels, quality: int, sampling: str = "4:2:0") -> Pixels:
    return decode(encode(image, quality, sampling))


def tensor(image: Pixels) -> Tensor:
    x = torch.from_numpy(np.atleast_3d(image).astype(np.float64))
    return x.movedim(2, 0)[None]


def tables(image: Pixels, quality: int, sampling: str = "4:2:0") -> JPEGTables:
    return JPEGTables.from_quality(
        quality, grey=image.ndim == 2, subsampling=ALL_SAMPLINGS[sampling]
    )


def cells(image: Pixels, quality: int, sampling: str = "4:2:0") -> JPEGCells:
    y = tensor(compress(image, quality, sampling))
    return JPEGCells(y, tables(image, quality, sampling))


def noisy(y: Tensor, deviation: float, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(y.shape, generator=generator, dtype=torch.float64)
    return y + deviation * noise.to(y)


def part(image: Pixels, height: int, width: int) -> Pixels:
    return np.ascontiguousarray(image[80 : 80 + height, 60 : 60 + width])
