"""Downsampling of whole planes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from adjoints import KINDS, LEVELS, assert_adjoint, draw, gradient
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from skimage.transform import downscale_local_mean

from napari_flowprior._errors import InputError
from napari_flowprior.restoration.operators import (
    Antialias,
    Decimation,
    output_geometry,
)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.integers(1, 12),
    columns=st.integers(1, 12),
    factor=st.integers(2, 5),
    antialias=st.sampled_from(KINDS),
)
def test_downsample_adjoint(
    rows: int, columns: int, factor: int, antialias: Antialias
) -> None:
    fine = (rows * factor, columns * factor)
    operator = Decimation(factor, fine, antialias)
    assert operator.shape == (rows, columns)
    assert_adjoint(operator, draw(1, (2, 3, *fine)), draw(2, (2, 3, rows, columns)))


@settings(max_examples=60, deadline=None)
@given(
    rows=st.integers(1, 12),
    columns=st.integers(1, 12),
    factor=st.integers(2, 5),
    antialias=st.sampled_from(KINDS),
    levels=st.sampled_from([*LEVELS, (0.0, 0.4)]),
)
def test_downsample_prox_solves_the_normal_equations(
    rows: int,
    columns: int,
    factor: int,
    antialias: Antialias,
    levels: tuple[float, float],
) -> None:
    operator = Decimation(factor, (rows * factor, columns * factor), antialias)
    x, y = draw(1, (2, 1, *operator.size)), draw(2, (2, 1, rows, columns))
    z = operator.prox(x, y, *levels)
    assert gradient(operator, z, x, y, *levels).abs().max() < 1e-10
    if levels[0] == 0:
        torch.testing.assert_close(operator.forward(z), y, rtol=0, atol=1e-10)


def test_box_is_the_mean_of_blocks() -> None:
    x = draw(1, (1, 1, 12, 18))
    expected = downscale_local_mean(x[0, 0].numpy(), (3, 3))
    result = Decimation(3, (12, 18), "box").forward(x)[0, 0].numpy()
    np.testing.assert_allclose(result, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("factor", [2, 3, 4, 5])
def test_without_antialiasing_the_first_pixel_is_picked(factor: int) -> None:
    x = draw(1, (1, 1, 3 * factor, 4 * factor))
    operator = Decimation(factor, (3 * factor, 4 * factor), antialias=False)
    assert torch.equal(operator.forward(x), x[..., ::factor, ::factor])


@pytest.mark.parametrize(("factor", "phase"), [(2, 1), (3, 1), (3, 2), (4, 3)])
def test_without_antialiasing_another_pixel_may_be_picked(
    factor: int, phase: int
) -> None:
    x = draw(1, (2, 1, 3 * factor, 4 * factor))
    operator = Decimation(factor, (3 * factor, 4 * factor), False, phase)
    y = operator.forward(x)
    assert torch.equal(y, x[..., phase::factor, phase::factor])
    torch.testing.assert_close((y * y).sum(), (operator.adjoint(y) * x).sum())
    start = operator.start(y)
    torch.testing.assert_close(start[..., phase::factor, phase::factor], y)


@pytest.mark.parametrize("phase", [-1, 3, 1.0, True])
def test_phases_beyond_the_factor_are_refused(phase: int) -> None:
    with pytest.raises(InputError, match="must be an integer from 0 to 2"):
        Decimation(3, (6, 6), False, phase)
    with pytest.raises(InputError, match="must be an integer from 0 to 2"):
        output_geometry((1.0,), (0.0,), 3, False, phase)


@pytest.mark.parametrize("factor", [2, 3, 4, 7])
def test_bicubic_agrees_with_pillow(factor: int) -> None:
    x = draw(1, (1, 1, 11 * factor, 14 * factor)).float()
    image = Image.fromarray(x[0, 0].numpy())
    expected = np.asarray(image.resize((14, 11), Image.Resampling.BICUBIC))
    result = Decimation(factor, (11 * factor, 14 * factor)).forward(x)[0, 0].numpy()
    inner = (slice(2, -2), slice(2, -2))
    scale = np.abs(expected).max()
    np.testing.assert_allclose(
        result[inner], expected[inner], rtol=0, atol=1e-6 * scale
    )


@pytest.mark.parametrize("antialias", KINDS)
@pytest.mark.parametrize("factor", [2, 3, 4])
def test_constants_are_kept(factor: int, antialias: Antialias) -> None:
    operator = Decimation(factor, (5 * factor, 6 * factor), antialias)
    fine = torch.full((1, 2, *operator.size), 0.7)
    coarse = torch.full((1, 2, 5, 6), 0.7)
    torch.testing.assert_close(operator.forward(fine), coarse)
    torch.testing.assert_close(operator.start(coarse), fine)
    torch.testing.assert_close(operator.prox(fine, coarse, 0.1, 0.1), fine)


@pytest.mark.parametrize("antialias", KINDS)
@pytest.mark.parametrize("factor", [2, 3, 4])
def test_start_lies_where_the_scene_does(factor: int, antialias: Antialias) -> None:
    operator = Decimation(factor, (12 * factor, 12 * factor), antialias)
    down = torch.arange(12.0 * factor, dtype=torch.float64)[:, None] / factor
    ramp = (down - 0.3 * down.T).expand(1, 1, -1, -1)
    inner = (..., slice(4 * factor, -4 * factor), slice(4 * factor, -4 * factor))
    start = operator.start(operator.forward(ramp))
    torch.testing.assert_close(start[inner], ramp[inner])


def test_large_images_need_no_large_matrix() -> None:
    operator = Decimation(4, (4096, 64))
    x = torch.rand(1, 1, 4096, 64)
    y = torch.rand(1, 1, 1024, 16)
    z = operator.prox(x, y, 0.0, 1.0)
    torch.testing.assert_close(operator.forward(z), y, rtol=0, atol=1e-4)


@pytest.mark.parametrize("options", [(1, (8, 8)), (2.0, (8, 8)), (True, (8, 8))])
def test_factors_that_are_none(options: Any) -> None:
    with pytest.raises(InputError, match="integer of 2 or more"):
        Decimation(*options)


def test_sizes_and_filters_that_do_not_fit() -> None:
    with pytest.raises(InputError, match=r"9 x 8 .* crop them"):
        Decimation(2, (9, 8))
    with pytest.raises(InputError, match="'lanczos'"):
        Decimation(2, (8, 8), "lanczos")  # type: ignore[arg-type]


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_geometry_of_the_fine_image(factor: int) -> None:
    scale, translate = output_geometry((0.5, 2.0), (10.0, -3.0), factor)
    assert scale == pytest.approx((0.5 / factor, 2.0 / factor))
    first_block = [
        np.mean([t + j * s for j in range(factor)])
        for s, t in zip(scale, translate, strict=True)
    ]
    assert first_block == pytest.approx([10.0, -3.0])
    assert output_geometry((0.5, 2.0), (10.0, -3.0), factor, "box")[1] == translate


def test_geometry_of_picked_pixels() -> None:
    scale, translate = output_geometry((1.0, 1.0), (0.0, 0.0), 4, antialias=False)
    assert scale == (0.25, 0.25)
    assert translate == (0, 0)
    _, moved = output_geometry((1.0, 1.0), (0.0, 0.0), 4, antialias=False, phase=3)
    assert moved == (-0.75, -0.75)
