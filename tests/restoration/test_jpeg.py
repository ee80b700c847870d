from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy.fft import dctn
from scipy.ndimage import gaussian_filter
from skimage import data
from torch import Tensor

from napari_flowprior._errors import InputError
from napari_flowprior.restoration._jpeg import JPEGCells
from napari_flowprior.restoration._jpeg_planes import (
    block_dct,
    block_idct,
    decoded_planes,
    encoder_planes,
    rounding_noise,
    to_pixels,
)
from napari_flowprior.restoration._jpeg_tables import JPEGTables

if TYPE_CHECKING:
    from pathlib import Path

Pixels = npt.NDArray[np.uint8]

GREY: Pixels = data.camera()
COLOUR: Pixels = data.astronaut()
CAT: Pixels = data.chelsea()
SAMPLINGS = {"4:4:4": (1, 1), "4:2:2": (2, 1), "4:2:0": (2, 2)}

sizes = st.tuples(st.integers(1, 37), st.integers(1, 37))
qualities = st.integers(1, 100)
samplings = st.sampled_from(list(SAMPLINGS))


def encode(image: Pixels, quality: int, sampling: str = "4:2:0", **more: Any) -> bytes:
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


def pixels(x: Tensor) -> Pixels:
    image = x[0].movedim(0, 2).round().clamp(0, 255).numpy().astype(np.uint8)
    return np.ascontiguousarray(image[..., 0] if image.shape[2] == 1 else image)


def tables(image: Pixels, quality: int, sampling: str = "4:2:0") -> JPEGTables:
    return JPEGTables.from_quality(
        quality, grey=image.ndim == 2, subsampling=SAMPLINGS[sampling]
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


# Transform and planes.


def test_dct_is_the_orthonormal_one() -> None:
    x = noisy(torch.zeros(2, 16, 24, dtype=torch.float64), 50)
    found = block_dct(x)
    expected = dctn(x[1, 8:16, 16:24].numpy(), norm="ortho")
    np.testing.assert_allclose(found[1, 1, 2].numpy(), expected, atol=1e-11)
    torch.testing.assert_close(block_idct(found), x, rtol=0, atol=1e-11)
    torch.testing.assert_close(found.square().sum(), x.square().sum())


def test_dct_adjoint_is_its_inverse() -> None:
    x = noisy(torch.zeros(1, 16, 16, dtype=torch.float64), 1, seed=1)
    c = noisy(torch.zeros(1, 2, 2, 8, 8, dtype=torch.float64), 1, seed=2)
    left, right = (block_dct(x) * c).sum(), (x * block_idct(c)).sum()
    torch.testing.assert_close(left, right, rtol=1e-12, atol=1e-12)


@given(size=sizes, sampling=samplings)
def test_planes_are_those_that_pixels_were_made_of(
    size: tuple[int, int], sampling: str
) -> None:
    factors = SAMPLINGS[sampling]
    x = tensor(part(COLOUR, *size))
    planes = encoder_planes(x, factors)
    decoded = to_pixels(planes, size, factors, smooth=True) + 128
    for plane, again in zip(planes, decoded_planes(decoded, factors), strict=True):
        height, width = again.shape[1:]
        torch.testing.assert_close(again, plane[:, :height, :width], rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    "size", [(1, 1), (3, 5), (8, 8), (9, 17), (16, 33), (37, 21), (40, 44), (41, 45)]
)
@pytest.mark.parametrize("sampling", ["grey", *SAMPLINGS])
def test_edges_are_coded_as_libjpeg_does(size: tuple[int, int], sampling: str) -> None:
    grey = sampling == "grey"
    image = part(GREY if grey else COLOUR, *size)
    factors = SAMPLINGS.get(sampling, (1, 1))
    content = decode(encode(image, 20, "4:2:0" if grey else sampling))
    steps = tables(image, 20).steps
    planes = []
    for plane, step in zip(encoder_planes(tensor(image), factors), steps, strict=True):
        q = torch.from_numpy(step)
        planes.append(block_idct((block_dct(plane.round()) / q).round() * q))
    modelled = to_pixels(planes, size, factors, smooth=True) + 128
    misses = (modelled.clamp(0, 255) - tensor(content)).abs()
    # Ties are rounded otherwise, in a few blocks.
    assert misses.mean() < 1.0
    assert misses.quantile(0.9) < 2.5


@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_rounding_noise(sampling: str) -> None:
    image = part(CAT, 160, 160)
    found = cells(image, 90, sampling)
    for index, plane in enumerate(decoded_planes(found.y, SAMPLINGS[sampling])):
        step = torch.from_numpy(found.tables.steps[index])
        miss = block_dct(plane) - found.coefficients[index] * step
        expected = rounding_noise(index, False, SAMPLINGS[sampling]).square().mean()
        assert 0.7 < miss.square().mean() / expected < 1.35


# Tables.


@pytest.mark.parametrize("grey", [True, False])
def test_quality_is_that_of_libjpeg(grey: bool) -> None:
    image = part(GREY if grey else COLOUR, 8, 8)
    for quality in range(1, 101):
        found = Image.open(io.BytesIO(encode(image, quality)))
        read = [np.reshape(table, (8, 8)) for table in found.quantization.values()]
        mine = tables(image, quality).steps[:2]
        assert len(read) == len(mine)
        assert all(np.array_equal(a, b) for a, b in zip(read, mine, strict=True))


@given(quality=qualities, sampling=samplings, progressive=st.booleans())
@settings(max_examples=20)
def test_file_tells_its_tables(
    tmp_path_factory: pytest.TempPathFactory,
    quality: int,
    sampling: str,
    progressive: bool,
) -> None:
    path = tmp_path_factory.mktemp("jpeg") / "image.jpg"
    for image in (part(GREY, 9, 20), part(COLOUR, 9, 20)):
        path.write_bytes(encode(image, quality, sampling, progressive=progressive))
        expected = tables(image, quality, sampling)
        assert JPEGTables.from_file(path, shape=(9, 20)) == expected


def test_file_with_other_tables(tmp_path: Path) -> None:
    path = tmp_path / "image.jpg"
    steps = [list(range(1, 65)), list(range(101, 165))]
    path.write_bytes(encode(part(COLOUR, 16, 16), 50, qtables=steps))
    found = JPEGTables.from_file(path)
    assert found.luminance == tuple(map(tuple, np.reshape(steps[0], (8, 8)).tolist()))
    assert found.chrominance is not None
    assert found.chrominance[0][1] == 102


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("png", "is not a JPEG file"),
        ("empty", "is not a JPEG file"),
        ("none", "does not exist"),
        ("cmyk", "holds colours as CMYK"),
        ("rgb", "holds colours as RGB"),
        ("4:1:1", "in a rare way"),
        ("turned", "turned by its EXIF data"),
        ("larger", r"has 24 x 16 pixels, but the image 16 x 16"),
    ],
)
def test_file_that_cannot_be_used(tmp_path: Path, kind: str, message: str) -> None:
    path = tmp_path / "image.jpg"
    content = broken_file(kind)
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        JPEGTables.from_file(path, shape=(16, 16))


def broken_file(kind: str) -> bytes | None:
    image = Image.fromarray(part(COLOUR, 16, 24 if kind == "larger" else 16))
    buffer = io.BytesIO()
    if kind in ("none", "empty"):
        return b"" if kind == "empty" else None
    exif = Image.Exif()
    exif[0x0112] = 6
    options: dict[str, dict[str, Any]] = {
        "rgb": {"keep_rgb": True},
        "turned": {"exif": exif},
    }
    if kind == "cmyk":
        image = image.convert("CMYK")
    image.save(buffer, "PNG" if kind == "png" else "JPEG", **options.get(kind, {}))
    content = buffer.getvalue()
    if kind == "4:1:1":
        # The frame header: factors of the first of three components.
        start = content.index(b"\xff\xc0") + 11
        content = content[:start] + b"\x41" + content[start + 1 :]
    return content


@pytest.mark.parametrize("quality", [0, 101, -3, 75.0, True, "75"])
def test_quality_out_of_range(quality: Any) -> None:
    with pytest.raises(InputError, match="whole number from 1 to 100"):
        JPEGTables.from_quality(quality, grey=True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.ones((8, 7), int),), "8 x 8 integers"),
        ((np.ones((8, 8)),), "8 x 8 integers, not float64"),
        ((np.zeros((8, 8), int),), "from 0 to 0"),
        ((np.full((8, 8), 65536),), "between 1 and 65535"),
        ((np.ones((8, 8), int), np.ones((8, 8), int), (4, 1)), r"by \(4, 1\)"),
        ((np.ones((8, 8), int), None, (2, 2)), "of a grey JPEG"),
    ],
)
def test_tables_that_are_none(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        JPEGTables(*arguments)


# Estimation.


@pytest.mark.parametrize(
    ("image", "qualities", "sampling"),
    [
        (GREY[:256, :256], range(5, 100, 15), "4:4:4"),
        (COLOUR[:256, :256], (10, 60, 95), "4:2:0"),
        (COLOUR[:256, :256], (10, 60, 95), "4:4:4"),
        (CAT[:250, :251], (15, 75, 90), "4:2:0"),
        (CAT[:250, :251], (75,), "4:4:4"),
    ],
    ids=["camera", "astronaut-420", "astronaut-444", "chelsea-420", "chelsea-444"],
)
def test_estimate(image: Pixels, qualities: range, sampling: str) -> None:
    for quality in qualities:
        found = JPEGTables.estimate(compress(image, quality, sampling))
        assert found == tables(image, quality, sampling)


@pytest.mark.parametrize("quality", [5, 10])
def test_estimate_of_an_image_that_is_almost_flat(quality: int) -> None:
    y, x = np.mgrid[:256, :256]
    red = 150 + 10 * np.sin(x / 40)
    green, blue = 40 + 10 * np.sin(y / 55), 30 + 10 * np.sin((x + y) / 70)
    texture = gaussian_filter(np.random.default_rng(0).normal(0, 60, y.shape), 3)
    image = np.stack([red + texture, green + texture, blue + texture], -1)
    image = np.rint(image).clip(0, 255).astype(np.uint8)
    found = JPEGTables.estimate(compress(image, quality))
    assert found == tables(image, quality)


@pytest.mark.parametrize(
    "image",
    [
        GREY[:128, :128],
        compress(GREY[:256, :256], 50)[3:, 5:],
        np.full((64, 64), 100, np.uint8),
        np.kron(GREY[::16, ::16], np.ones((8, 8), np.uint8)),
    ],
    ids=["raw", "off the grid", "flat", "drawn"],
)
def test_no_sign_of_jpeg(image: Pixels) -> None:
    with pytest.raises(InputError, match="no sign of JPEG"):
        JPEGTables.estimate(image)


def test_other_tables_are_not_taken_for_a_quality() -> None:
    steps = list(np.random.default_rng(0).permutation(np.arange(5, 69)).tolist())
    content = encode(GREY[:256, :256], 50, qtables=[steps])
    with pytest.raises(InputError, match="no sign of JPEG compression with libjpeg's"):
        JPEGTables.estimate(decode(content))


def test_estimate_needs_pixels() -> None:
    with pytest.raises(InputError, match="too small"):
        JPEGTables.estimate(GREY[:7, :64])
    for wrong in (GREY / 255, GREY[:, 0], COLOUR[..., :2]):
        with pytest.raises(InputError, match="uint8 pixels"):
            JPEGTables.estimate(wrong)


# Cells.


@given(size=sizes, quality=qualities, sampling=samplings, grey=st.booleans())
@settings(max_examples=40)
def test_projection_is_idempotent(
    size: tuple[int, int], quality: int, sampling: str, grey: bool
) -> None:
    # Whole blocks: what is padded is not kept.
    height, width = (-(-side // 16) * 16 for side in size)
    image = part(GREY if grey else COLOUR, height, width)
    found = cells(image, quality, sampling)
    z = found.project(noisy(found.y, 20))
    torch.testing.assert_close(found.project(z), z, rtol=0, atol=1e-10)
    assert found.energy(z).max() < 1e-18


@given(size=sizes, quality=qualities, sampling=samplings, grey=st.booleans())
@settings(max_examples=40)
def test_any_size(
    size: tuple[int, int], quality: int, sampling: str, grey: bool
) -> None:
    image = part(GREY if grey else COLOUR, *size)
    found = cells(image, quality, sampling)
    x = noisy(found.y, 5)
    z = found.project(x)
    assert z.shape == x.shape
    assert torch.isfinite(z).all()
    # Blocks partly outside lose what was padded; those within are exact.
    within = found._excess(z)[0][:, : size[0] // 8, : size[1] // 8]
    assert (within.abs() < 1e-9).all()


@pytest.mark.parametrize("sampling", ["grey", *SAMPLINGS])
def test_projection_is_the_nearest_point(sampling: str) -> None:
    grey = sampling == "grey"
    image = part(GREY if grey else COLOUR, 32, 48)
    found = cells(image, 40, "4:2:0" if grey else sampling)
    x, inside = noisy(found.y, 20), found.project(noisy(found.y, 9, seed=1))
    # Distances are meant in grey levels, or in YCbCr.
    change = torch.stack(encoder_planes(x - found.project(x) + 128, (1, 1)), 1)
    other = torch.stack(encoder_planes(inside - found.project(x) + 128, (1, 1)), 1)
    assert (change * other).sum() <= 1e-6
    torch.testing.assert_close(found.energy(x), change.square().sum((1, 2, 3)))


@pytest.mark.parametrize("quality", [10, 50, 90, 100])
def test_original_is_in_its_cells(quality: int) -> None:
    # Of grey images up to the rounding of libjpeg's integer transform, of colour
    # images up to that of its colours; multiples of nearly flat blocks may be wrong.
    for image, share, largest in ((GREY, 0.1, 0.1), (CAT, 1.0, 2.0)):
        original = part(image, 160, 192)
        x = tensor(original)
        change = (cells(original, quality, "4:4:4").project(x) - x).abs()
        assert change.flatten().quantile(0.98) < share
        assert change.mean() < largest / 20


@pytest.mark.parametrize("quality", [10, 50, 75, 90, 95])
@pytest.mark.parametrize("sampling", ["grey", "4:4:4", "4:2:0"])
def test_result_has_the_same_coefficients(quality: int, sampling: str) -> None:
    grey = sampling == "grey"
    image = part(GREY if grey else CAT, 96, 96)
    found = cells(image, quality, "4:2:0" if grey else sampling)
    z = found.project(noisy(found.y, 20))
    planes = encoder_planes(z, found.tables.subsampling)
    for index, plane in enumerate(planes):
        step = torch.from_numpy(found.tables.steps[index])
        same = (block_dct(plane) / step).round() == found.coefficients[index]
        # Steps of 1 and 2 leave doubt in the pixels, and larger ones in flat blocks.
        low, high = found._cells[index]
        sure = high - low < step
        assert same[sure].all()
        assert sure[..., step > 4].double().mean() > 0.97


@pytest.mark.parametrize("quality", [10, 30, 50, 75])
def test_encoding_again_gives_the_same_file(quality: int) -> None:
    # Rounding the result to integers moves coefficients off the border of a cell, so
    # that this holds for restorations near the observation.
    image = np.clip(part(GREY, 160, 192), 40, 215)
    found = cells(image, quality)
    z = pixels(found.project(noisy(found.y, 1)))
    again = JPEGCells(tensor(compress(z, quality)), found.tables)
    same = again.coefficients[0] == found.coefficients[0]
    assert same.double().mean() > 0.995


def test_rounding_is_that_of_coefficients_that_are_left() -> None:
    """Of flat blocks the mean is left, an eighth of its coefficient."""
    flat = torch.full((1, 1, 16, 12), 200.0 / 255)
    tables = JPEGTables.from_quality(50, grey=True)
    rounding = JPEGCells(flat, tables, scale=255).rounding
    expected = float(tables.steps[0][0, 0]) / 12**0.5 / 8 / 255
    torch.testing.assert_close(rounding, torch.full_like(flat, expected))


@pytest.mark.parametrize("quality", [10, 50, 90])
def test_float32_and_scale(quality: int) -> None:
    found = cells(part(CAT, 41, 53), quality)
    single = JPEGCells((found.y / 255).float(), found.tables, scale=255)
    x = noisy(found.y, 10)
    z = single.project((x / 255).float())
    assert z.dtype == torch.float32
    torch.testing.assert_close(z * 255, found.project(x).float(), rtol=0, atol=2e-3)
    energy = single.energy((x / 255).float()) * 255**2
    torch.testing.assert_close(energy, found.energy(x).float(), rtol=1e-3, atol=1e-3)


def test_images_of_a_batch_are_independent() -> None:
    one, two = (cells(part(image, 24, 24), 50).y for image in (COLOUR, CAT))
    both = JPEGCells(torch.cat([one, two]), tables(COLOUR, 50))
    x = noisy(both.y, 10)
    alone = JPEGCells(two, both.tables)
    torch.testing.assert_close(both.project(x)[1:], alone.project(x[1:]))
    torch.testing.assert_close(both.energy(x)[1:], alone.energy(x[1:]))
    assert both.energy(x).shape == both.agreement.shape == (2,)


def test_clipped_pixels_do_not_mislead() -> None:
    # Overshoot beyond black and white is lost, which moves whole blocks of
    # coefficients unless it is recovered.
    bars = np.kron(np.eye(16, dtype=np.uint8) * 255, np.ones((6, 5), np.uint8))
    found = cells(bars, 30)
    x = tensor(bars)
    assert ((found.y == 0) | (found.y == 255)).double().mean() > 0.2
    assert found.agreement.item() > 0.9
    change = (found.project(x) - x).abs()
    assert change.mean() < 0.2 * (found.y - x).abs().mean()


def test_agreement_tells_wrong_tables() -> None:
    y = tensor(compress(part(CAT, 96, 96), 50))
    assert JPEGCells(y, tables(CAT, 50)).agreement > 0.99
    assert JPEGCells(y, tables(CAT, 20)).agreement < 0.6


@pytest.mark.parametrize("shape", [(1, 1, 8, 8), (3, 8, 8), (1, 4, 8, 8), (0, 3, 8, 8)])
def test_cells_need_the_planes_of_their_tables(shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="colour image need pixels of shape"):
        JPEGCells(torch.zeros(shape), tables(CAT, 50))
