"""The images that JPEG compresses to the same file."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from jpegs import (
    ALL_SAMPLINGS,
    CAT,
    COLOUR,
    GREY,
    RARE_SAMPLINGS,
    Pixels,
    cells,
    compress,
    noisy,
    part,
    qualities,
    samplings,
    sizes,
    tables,
    tensor,
)
from torch import Tensor

from napari_flowprior._errors import InputError
from napari_flowprior.restoration.jpeg import JPEGCells, JPEGTables
from napari_flowprior.restoration.jpeg._dct import block_dct
from napari_flowprior.restoration.jpeg._planes import encoder_planes


def pixels(x: Tensor) -> Pixels:
    image = x[0].movedim(0, 2).round().clamp(0, 255).numpy().astype(np.uint8)
    return np.ascontiguousarray(image[..., 0] if image.shape[2] == 1 else image)


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


@pytest.mark.parametrize("sampling", ["grey", *ALL_SAMPLINGS])
def test_projection_is_the_nearest_point(sampling: str) -> None:
    grey = sampling == "grey"
    image = part(GREY if grey else COLOUR, 32, 64)
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
@pytest.mark.parametrize("sampling", ["grey", "4:4:4", "4:2:0", *RARE_SAMPLINGS])
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
