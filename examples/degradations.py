"""Everything that can have happened to an image, and how it is undone.

Each function damages a photograph and says how, as a user would have to say it; what is
left out is estimated. Prints the PSNR of each damaged and restored image, and draws
both. Names of functions choose some of them, and a smaller side is faster::

    python examples/degradations.py blur jpeg --side 64 --picture pairs.png
"""

from __future__ import annotations

import argparse
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageDraw
from scipy.ndimage import convolve
from skimage import data
from skimage.metrics import peak_signal_noise_ratio as psnr

from napari_flowprior import restore
from napari_flowprior.restoration import (
    JPEG,
    Blur,
    Compose,
    Degradation,
    Downsample,
    Inpaint,
    Noise,
    PoissonGaussian,
    Quantized,
    Unknown,
    gaussian_psf,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]
    Damage = tuple[NDArray[Any], Degradation]

CENTRE = 134, 244  # row and column of the face of the cameraman
COLUMNS, GAP, CAPTION = 4, 8, 16  # of the picture
rng = np.random.default_rng(0)


def face(side: int) -> Pixels:
    """Return a square of the photograph of the cameraman."""
    top, left = (place - side // 2 for place in CENTRE)
    clean: Pixels = data.camera()[top : top + side, left : left + side]
    return clean


def eight_bits(values: NDArray[Any]) -> Pixels:
    """Round and cut off values as a camera does."""
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def noise(clean: Pixels) -> Damage:
    """White noise, of the same strength everywhere; here the level is not known."""
    return eight_bits(clean + rng.normal(0, 25, clean.shape)), Noise()


def noise_map(clean: Pixels) -> Damage:
    """White noise that is stronger towards the right; the level of each pixel."""
    levels = np.broadcast_to(np.linspace(5, 40, clean.shape[1]), clean.shape)
    return eight_bits(clean + rng.normal(0, levels)), Noise(map=levels)


def camera(clean: Pixels) -> Damage:
    """Few photons, and the noise of reading them; gain and offset are not known."""
    electrons = rng.poisson(clean / 6) + rng.normal(0, 1.5, clean.shape)
    counts = np.clip(100 + 6 * electrons, 0, 65535)
    return np.rint(counts).astype(np.uint16), PoissonGaussian()


def jpeg(clean: Pixels) -> Damage:
    """Blocks of JPEG; the quality is found from the pixels."""
    return compressed(clean, 10), JPEG()


def compressed(pixels: Pixels, quality: int) -> Pixels:
    file = BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


def banding(clean: Pixels) -> Damage:
    """The last five of eight bits are lost, which shows as bands."""
    return clean >> 5 << 5, Quantized(rounding="down")


def text(clean: Pixels) -> Damage:
    """Something was written over the image; a mask says where."""
    page = Image.new("1", clean.shape[::-1])
    for row in range(0, page.height, 24):
        ImageDraw.Draw(page).text((2, row), "something was written", fill=1)
    mask = np.asarray(page)
    return np.where(mask, 255, clean).astype(np.uint8), Inpaint(mask)


def holes(clean: Pixels) -> Damage:
    """Nine pixels of ten are missing, and are NaN."""
    missing = rng.random(clean.shape) < 0.9
    return np.where(missing, np.nan, clean), Inpaint()


def bad_pixels(clean: Pixels) -> Damage:
    """Some pixels are dead or hot; nobody knows which."""
    bad = rng.random(clean.shape)
    damaged = np.where(bad < 0.003, 0, np.where(bad > 0.997, 255, clean))
    return damaged.astype(np.uint8), Inpaint(bad_pixels=True)


def blur(clean: Pixels) -> Damage:
    """Out of focus by a known point spread function, with a little noise."""
    psf = gaussian_psf(1.6)
    soft = convolve(clean.astype(float), psf, mode="reflect")
    return eight_bits(soft + rng.normal(0, 2, clean.shape)), Blur(psf, sigma=2)


def low_resolution(clean: Pixels) -> Damage:
    """Every second row and column only, after a bicubic filter."""
    size = clean.shape[1] // 2, clean.shape[0] // 2
    small = Image.fromarray(clean).resize(size, Image.Resampling.BICUBIC)
    return np.asarray(small), Downsample(2)


def several(clean: Pixels) -> Damage:
    """Blurred, then noisy, then compressed."""
    soft = convolve(clean.astype(float), gaussian_psf(1.0), mode="reflect")
    noisy = eight_bits(soft + rng.normal(0, 5, clean.shape))
    parts = Blur(gaussian=1.0), Noise(sigma=5), JPEG()
    return compressed(noisy, 50), Compose(*parts)


def unknown(clean: Pixels) -> Damage:
    """Grain of film, which is no white noise; only its strength is known."""
    grain = convolve(rng.normal(0, 1, clean.shape), gaussian_psf(0.5), mode="reflect")
    return eight_bits(clean + 15 * grain / grain.std()), Unknown(sigma=15)


DAMAGES: dict[str, Callable[[Pixels], Damage]] = {
    damage.__name__: damage
    for damage in (
        *(noise, noise_map, camera, jpeg, banding, text, holes, bad_pixels),
        *(blur, low_resolution, several, unknown),
    )
}


def as_was(name: str, damaged: NDArray[Any]) -> Pixels:
    """Return what can be compared with the clean image: its size and its units."""
    if name == "low_resolution":
        enlarged = Image.fromarray(damaged).resize(
            (2 * damaged.shape[1], 2 * damaged.shape[0]), Image.Resampling.BICUBIC
        )
        return np.asarray(enlarged)
    offset = 100 if name == "camera" else 0
    return eight_bits(np.nan_to_num(damaged.astype(float)) - offset)


def draw(pairs: dict[str, tuple[Pixels, Pixels]], path: Path) -> None:
    """Draw what was damaged, and what became of it, side by side."""
    height, width = (length + GAP for length in next(iter(pairs.values()))[0].shape)
    height, width = height + CAPTION, 2 * width - GAP
    rows = -(-len(pairs) // COLUMNS)
    page = Image.new("L", (min(COLUMNS, len(pairs)) * width, rows * height), 255)
    for number, (title, pair) in enumerate(pairs.items()):
        row, column = divmod(number, COLUMNS)
        corner = column * width, row * height
        page.paste(Image.fromarray(np.hstack(pair)), (corner[0], corner[1] + CAPTION))
        ImageDraw.Draw(page).text((corner[0] + 2, corner[1] + 2), title, fill=0)
    page.save(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=f"some of {', '.join(DAMAGES)}")
    parser.add_argument("--picture", type=Path, help="PNG file to draw them in")
    parser.add_argument("--side", type=int, default=128, help="of the image, pixels")
    options = parser.parse_args()
    clean = face(options.side)
    pairs = {}
    for name in options.names or DAMAGES:
        damaged, degradation = DAMAGES[name](clean)
        restored = restore(damaged, degradation=degradation)
        before = as_was(name, damaged)
        after = as_was(name, restored) if name == "camera" else eight_bits(restored)
        gain = [f"{psnr(clean, image):.2f} dB" for image in (before, after)]
        print(f"{name}: {', '.join(gain)}")
        title = f"{name.replace('_', ' ')}: {' to '.join(gain)}"
        pairs[title] = before, after
    if options.picture is not None:
        draw(pairs, options.picture)


if __name__ == "__main__":
    main()
