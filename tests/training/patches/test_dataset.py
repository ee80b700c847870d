"""Patches of images: where they come from, what they hold, what is held out."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import tifffile
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from napari_flowprior._errors import InputError
from napari_flowprior.training import (
    DataSummary,
    PatchConfig,
    TrainingData,
    TrainingImage,
    open_data,
)
from napari_flowprior.training.patches._images import ImageCache

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

LENGTHS = {"T": 2, "Z": 3, "C": 2, "Y": 40, "X": 37, "S": 3}
SETTINGS = settings(max_examples=25, deadline=None)


def opened(*inputs: object, validation: tuple[Any, ...] = (), **values: Any) -> Any:
    axes = values.pop("axes", None)
    config = PatchConfig(**{"size": 8, "smooth": 0.0, **values})
    opening = open_data(inputs, config=config, axes=axes, validation=validation)
    for done, total, name in opening:
        assert 0 <= done <= total
        assert name
    return opening.result


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def drawn(data: TrainingData, number: int, seed: int = 0) -> NDArray[np.float32]:
    """Draw patches (N, C, size, size)."""
    return np.stack([data.draw(rng((seed, place))) for place in range(number)])


def distinct(*shape: int, dtype: Any = np.uint16) -> NDArray[Any]:
    """Every value once, in disorder, so that a value tells where it is from."""
    return rng().permutation(int(np.prod(shape))).reshape(shape).astype(dtype)


def canonical(array: NDArray[Any], axes: str) -> NDArray[Any]:
    """Planes (N, C, Y, X), by other means than those under test."""
    stack = [i for i, letter in enumerate(axes) if letter in "TZC"]
    rest = [axes.index(letter) for letter in ("SYX" if "S" in axes else "YX")]
    planes = array.transpose(stack + rest)
    colours = 3 if "S" in axes else 1
    return planes.reshape(-1, colours, *planes.shape[-2:])


def symmetries(patch: NDArray[Any]) -> list[NDArray[Any]]:
    turned = [np.rot90(patch, quarter, (1, 2)) for quarter in range(4)]
    return turned + [each[:, :, ::-1] for each in turned]


def values_of(patches: NDArray[np.float32], data: TrainingData) -> NDArray[np.int64]:
    """Undo the normalisation."""
    scaled = patches.astype(float) * (data.scale.high - data.scale.low)
    return np.rint(scaled + data.scale.low).astype(np.int64)


def fitting(patch: NDArray[Any], planes: NDArray[Any]) -> list[int]:
    """Find which symmetries of a patch occur in the planes."""
    size = patch.shape[-1]
    found = []
    for number, turned in enumerate(symmetries(patch)):
        for n, y, x in np.argwhere(planes[:, 0] == turned[0, 0, 0]):
            if np.array_equal(planes[n, :, y : y + size, x : x + size], turned):
                found.append(number)
    return found


@st.composite
def stacks(draw: st.DrawFn) -> tuple[NDArray[Any], str]:
    extra = draw(st.sampled_from(["", "Z", "C", "S", "TZ", "ZS", "TC", "ZCS"]))
    axes = "".join(draw(st.permutations(["Y", "X", *extra])))
    dtype = draw(st.sampled_from(["<u2", ">u2", "i4", "u4", "f4", "f8", ">f4"]))
    return distinct(*(LENGTHS[a] for a in axes), dtype=dtype), axes


@SETTINGS
@given(stacks(), st.integers(0, 2**32), st.sampled_from(["all", "flip", "none"]))
def test_patches_are_parts_of_the_images(
    stack: tuple[NDArray[Any], str], seed: int, augment: str
) -> None:
    array, axes = stack
    data = opened(TrainingImage(array, axes), augment=augment)
    assert data.channels == (3 if "S" in axes else 1)
    patch = data.draw(rng(seed))
    assert (patch.dtype, patch.shape) == (np.float32, (data.channels, 8, 8))
    (symmetry,) = fitting(values_of(patch, data), canonical(array, axes))
    # The fifth is the flip alone.
    assert symmetry in {"all": range(8), "flip": (0, 4), "none": (0,)}[augment]


def test_all_symmetries_occur_equally() -> None:
    array = distinct(30, 30)
    data = opened(TrainingImage(array, "YX"))
    found = [
        fitting(values_of(patch, data), array[None, None])[0]
        for patch in drawn(data, 400)
    ]
    counts = np.bincount(found, minlength=8)
    assert ((counts - 50) ** 2 / 50).sum() < 24  # chi squared, p = 0.001


@SETTINGS
@given(stacks(), st.integers(0, 2**32), st.floats(0.01, 0.5))
def test_what_is_held_out_is_never_trained_on(
    stack: tuple[NDArray[Any], str], seed: int, fraction: float
) -> None:
    data = opened(TrainingImage(*stack), held_out=fraction)
    held = data.held_out(30)
    assert held.shape == (30, data.channels, 8, 8)
    np.testing.assert_array_equal(data.held_out(30), held)
    np.testing.assert_array_equal(data.held_out(7), held[:7])
    assert data.summary.held_out == "the lowest rows"
    trained = values_of(drawn(data, 30, seed), data)
    assert not np.isin(values_of(held, data), trained).any()
    for patch in values_of(held, data)[:3]:
        assert 0 in fitting(patch, canonical(*stack))


def test_a_part_of_the_patches_is_drawn() -> None:
    stack = TrainingImage(
        np.full((4, 64, 64), 7, np.uint8)
        + np.arange(4)[:, None, None].astype(np.uint8)
        + np.arange(64, dtype=np.uint8),
        "ZYX",
        "slopes",
    )
    plain, some, all_of_them = (
        opened(stack, size=16, drawn=part) for part in (0.0, 0.3, 1.0)
    )

    def slopes(patches: NDArray[np.float32]) -> int:
        """Count patches of the stack: slopes of one step a pixel."""
        steps = np.abs(np.diff(patches, axis=-1)) + np.abs(
            np.diff(patches, axis=-2).swapaxes(-1, -2)
        )
        return int((np.ptp(steps.reshape(len(patches), -1), axis=1) < 1e-5).sum())

    assert slopes(drawn(plain, 40)) == 40
    assert slopes(drawn(all_of_them, 40)) <= 2
    assert 5 <= 60 - slopes(drawn(some, 60)) <= 32
    held = some.held_out(20)
    assert 14 - 1 <= slopes(held) <= 14
    np.testing.assert_array_equal(some.held_out(20), held)


def test_the_same_generator_draws_the_same_patch(tmp_path: Path) -> None:
    for number in range(6):
        pixels = rng(number).integers(0, 256, (30, 30), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
    small, large = (opened(tmp_path, cache=cache) for cache in (0, 2**20))
    patches = drawn(large, 40)
    np.testing.assert_array_equal(drawn(large, 40), patches)
    np.testing.assert_array_equal(drawn(small, 40), patches)
    np.testing.assert_array_equal(small.held_out(9), large.held_out(9))
    # In another order, what is kept is something else.
    backwards = [small.draw(rng((0, place))) for place in reversed(range(40))]
    np.testing.assert_array_equal(backwards[::-1], patches)
    assert len(np.unique(patches, axis=0)) > 35
    assert (small.summary.memory, large.summary.memory) == (900, 5400)
    assert "again and again" in small.summary.sentence()
    assert "again and again" not in large.summary.sentence()


def test_formats_give_the_same_patches(tmp_path: Path) -> None:
    pixels = rng().integers(0, 256, (40, 50), dtype=np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", pixels)
    tifffile.imwrite(tmp_path / "a.ome.tif", pixels, compression="zlib")
    np.save(tmp_path / "a.npy", pixels)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    zarr.save_array(tmp_path / "a.zarr", pixels)
    expected = drawn(opened(TrainingImage(pixels, "YX")), 10)
    for path in sorted(tmp_path.iterdir()):
        np.testing.assert_array_equal(drawn(opened(path), 10), expected)
    smooth = np.add.outer(np.arange(40), np.arange(50)).astype(np.uint8)
    Image.fromarray(smooth).save(tmp_path / "b.jpg", quality=98)
    error = drawn(opened(tmp_path / "b.jpg"), 10)
    error -= drawn(opened(TrainingImage(smooth, "YX")), 10)
    assert np.abs(error).max() < 4 / 255


@pytest.mark.parametrize(
    ("dtype", "top", "low", "high", "quantum"),
    [
        ("bool", 1, 0, 1, 1),
        ("uint8", 99, 0, 255, 1 / 255),
        ("uint16", 4095, 4, 4091, 1 / 4087),
        (">u2", 65535, 65, 65470, 1 / 65405),
        ("int16", 20000, 20, 19980, 1 / 19960),
        ("float32", 1.0, 0, 1, 1 / 255),
        ("float64", 0.5, 0, 1, 1 / 255),
        ("float16", 100.0, 0.1, 99.9, 1 / 255),
        ("float32", 1e9, 1e6, 999e6, 1 / 255),
    ],
)
def test_one_normalisation_for_all(
    dtype: str, top: float, low: float, high: float, quantum: float
) -> None:
    """The 0.1 and 99.9 percentiles of uniform values, or the range of the type."""

    def uniform(number: int) -> NDArray[Any]:
        if np.dtype(dtype).kind == "f":
            return rng(number).random((200, 200)) * top
        return rng(number).integers(0, top, (200, 200), endpoint=True)

    images = [TrainingImage(uniform(n).astype(dtype), "YX") for n in range(3)]
    data = opened(*images, size=32)
    spread = (high - low) * 0.001
    assert data.scale.low == pytest.approx(low, abs=spread)
    assert data.scale.high == pytest.approx(high, abs=spread)
    assert data.quantum == pytest.approx(quantum, rel=0.002)
    assert (data.summary.low, data.summary.high) == (data.scale.low, data.scale.high)
    patch = drawn(data, 5)
    assert -0.1 < patch.min() < patch.max() < 1.1
    assert np.dtype(dtype).newbyteorder("=").name in data.normalisation


def test_the_normalisation_is_that_of_all_images() -> None:
    dark = TrainingImage(distinct(60, 60), "YX", "dark")
    bright = TrainingImage(distinct(60, 60) + 50_000, "YX", "bright")
    data = opened(dark, bright)
    assert data.scale.low < 100
    assert data.scale.high > 53_500


def test_large_integers_keep_their_differences() -> None:
    """float32 alone is exact up to 2**24 only."""
    array = distinct(40, 40, dtype=np.int64) + 10**9
    data = opened(TrainingImage(array, "YX"))
    assert fitting(values_of(data.draw(rng()), data), array[None, None])


def test_colours_become_grey_as_in_pillow() -> None:
    colours = rng().integers(0, 256, (30, 30, 3), dtype=np.uint8)
    grey = np.asarray(Image.fromarray(colours).convert("L"))
    data = opened(TrainingImage(colours, "YXS"), colour="grey")
    assert data.channels == 1
    assert fitting(values_of(data.draw(rng()), data), grey[None, None])
    both = opened(
        TrainingImage(colours, "YXS"), TrainingImage(grey, "YX"), colour="grey"
    )
    assert both.channels == 1


def test_channels_are_grey_and_alpha_is_left_out() -> None:
    array = distinct(3, 30, 30)
    assert opened(TrainingImage(array, "CYX")).summary.planes == 3
    with_alpha = distinct(4, 30, 30)
    data = opened(TrainingImage(with_alpha, "SYX"))
    assert (data.channels, data.summary.planes) == (3, 1)
    assert fitting(values_of(data.draw(rng()), data), with_alpha[None, :3])


def half_smooth() -> TrainingImage:
    """Blank in the left third, then smooth, then rough."""
    array = np.zeros((60, 300), np.uint8)
    array[:, 100:200] = np.arange(100) // 2
    array[:, 200:] = rng().integers(0, 256, (60, 100))
    return TrainingImage(array, "YX")


def kinds(patches: NDArray[np.float32]) -> tuple[int, int]:
    across = np.abs(np.diff(patches, axis=2)).mean((1, 2, 3))
    down = np.abs(np.diff(patches, axis=3)).mean((1, 2, 3))
    smooth = (across + down) / 2 < 2 / 255
    return int(smooth.sum()), int((~smooth).sum())


def test_smooth_patches_are_kept_now_and_then() -> None:
    values = {"smooth": 2 / 255, "held_out": 0.15}
    smooth, rough = kinds(drawn(opened(half_smooth(), **values), 600))
    # About 100 columns of places for smooth ones, of which a quarter is kept.
    assert smooth / rough == pytest.approx(0.25 * 92 / 100, rel=0.3)
    smooth, rough = kinds(drawn(opened(half_smooth(), keep_smooth=1.0, **values), 600))
    assert smooth / rough == pytest.approx(92 / 100, rel=0.2)
    smooth, rough = kinds(drawn(opened(half_smooth(), keep_smooth=0.0, **values), 100))
    assert (smooth, rough) == (0, 100)


def test_patches_of_one_value_are_never_kept() -> None:
    data = opened(half_smooth(), keep_smooth=1.0, smooth=1.0)
    patches = np.concatenate([drawn(data, 300), data.held_out(100)])
    assert np.ptp(patches, axis=(1, 2, 3)).min() > 0


def test_the_number_of_patches_is_foreseen() -> None:
    data = opened(half_smooth(), smooth=2 / 255)
    tries = [
        next(iter(data.tries(rng((5, place))))) is not None for place in range(2000)
    ]
    assert data.summary.accepted == pytest.approx(np.mean(tries), abs=0.07)
    area = 52 * 300 / 64
    assert data.summary.patches == round(area * data.summary.accepted)


def test_the_summary() -> None:
    images = [TrainingImage(distinct(4, 30, 40), "ZYX"), half_smooth()]
    with pytest.raises(InputError, match=r"uint16.*uint8.*cannot be compared"):
        opened(*images)
    summary = opened(images[0], TrainingImage(np.zeros((4, 50)), "YX", "low")).summary
    assert (summary.images, summary.planes, summary.channels) == (1, 4, 1)
    assert (summary.dtype, summary.memory) == ("uint16", 0)
    assert summary.skipped == (
        ("low", "it has 4x50 pixels, less than a patch of 8x8."),
    )
    assert summary.sentence() == (
        f"1 image (4 planes, grey, uint16, {summary.low:.5g} to {summary.high:.5g}): "
        "about 55 patches, less than 1 MiB. Held out: the lowest rows. 1 image skipped."
    )
    assert "figures flatter" in DataSummary(images=1, planes=1).sentence()


def test_damaged_images_are_skipped_by_name(tmp_path: Path) -> None:
    good = rng().integers(0, 256, (40, 40), dtype=np.uint8)
    Image.fromarray(good).save(tmp_path / "good.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "good.png").read_bytes()[:900])
    (tmp_path / "text.tif").write_text("no image")
    (tmp_path / "void.jpg").touch()
    (tmp_path / "odd.gif").touch()
    (tmp_path / "void.zarr").mkdir()
    Image.fromarray(good[:5]).save(tmp_path / "tiny.png")
    np.save(tmp_path / "nan.npy", np.where(good > 250, np.nan, good).astype("f4"))
    np.save(tmp_path / "words.npy", np.array([["a", "b"]]))
    summary = opened(tmp_path, tmp_path / "odd.gif").summary
    assert summary.images == 1
    assert [name.rsplit("/")[-1] for name, _ in summary.skipped] == [
        "cut.png", "nan.npy", "text.tif", "tiny.png", "void.jpg", "void.zarr",
        "words.npy", "odd.gif",
    ]  # fmt: skip
    reasons = dict(summary.skipped)
    assert f"{(good > 250).sum()} NaN" in reasons[str(tmp_path / "nan.npy")]
    assert not any(reason.startswith(str(tmp_path)) for reason in reasons.values())
    assert "8 images skipped" in summary.sentence()


@pytest.mark.parametrize(
    ("images", "values", "sentence"),
    [
        ([], {}, "There is no image to train on; name"),
        ([(4, "YX")], {}, "no image to train on.*less than a patch of 8x8"),
        ([(np.nan, "YX")], {}, "no image to train on.*1600 NaN or infinite values"),
        ([(np.inf, "YX")], {}, "1600 NaN or infinite"),
        ([(7.0, "YX")], {}, "single value, 7;"),
        ([(np.uint8(7), "YX")], {}, "No patch of 8x8 pixels has any content"),
        ([("rgb", "YXS")], {}, "No patch of 8x8 pixels has any content"),
        ([("rough", "YXS"), ("rough", "YX")], {}, "has colours and .* has none"),
        ([("rough", "YX")], {"colour": "rgb"}, "has no colours"),
        ([("rough", "YXZT")], {}, "name 4 axes, but the image has 2"),
        ([("rough", "YXS")], {"validation": [("rough", "YX")]}, "has colours and"),
        ([("rough", "YX")], {"validation": [(7.0, "YX")]}, "uint8 .* float64"),
        ([("rough", "YX")], {"validation": [(4, "YX")]}, "no image for validation"),
        ([("rough", "YX")], {"validation": [(np.uint8(3), "YX")]}, "No held-out patch"),
    ],
    ids=str,
)
def test_bad_inputs_get_a_sentence(
    images: list[tuple[Any, str]], values: dict[str, Any], sentence: str
) -> None:
    def made(what: Any, axes: str) -> TrainingImage:
        shape = (40, 40, 3) if "S" in axes else (40, 40)
        if isinstance(what, str):
            one = np.full(shape, (10, 20, 30), np.uint8) if what == "rgb" else None
            rough = rng().integers(0, 256, shape, dtype=np.uint8)
            return TrainingImage(rough if one is None else one, axes)
        return TrainingImage(np.full((4, 4) if what == 4 else shape, what), axes)

    validation = tuple(made(*each) for each in values.pop("validation", ()))
    with pytest.raises(InputError, match=sentence):
        opened(*(made(*each) for each in images), validation=validation, **values)


def test_empty_folders_get_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="stands for no image; name"):
        opened(tmp_path)


def test_images_for_validation() -> None:
    array = distinct(2, 40, 40)
    data = opened(
        TrainingImage(array[0], "YX"), validation=(TrainingImage(array[1], "YX"),)
    )
    assert data.summary.held_out == "the 1 given for that"
    assert (data.summary.images, data.summary.planes) == (1, 1)
    assert data.summary.patches == 25
    for patches, own, other in (
        (drawn(data, 20), array[0], array[1]),
        (data.held_out(20), array[1], array[0]),
    ):
        assert np.isin(values_of(patches, data), own).all()
        assert not np.isin(values_of(patches, data), other).any()
    # Every row is trained on.
    assert np.isin(array[0][-1], values_of(drawn(data, 3000), data)).mean() > 0.9


def test_nothing_is_both_trained_on_and_held_out(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", distinct(40, 40))
    with pytest.raises(InputError, match=r"a\.npy is both trained on and held out"):
        opened(tmp_path / "a.npy", validation=(tmp_path,))
    image = TrainingImage(distinct(40, 40), "YX", "mine")
    with pytest.raises(InputError, match="mine is both trained on and held out"):
        opened(image, validation=(TrainingImage(image.array, "XY", "mine"),))


def test_the_same_file_twice_counts_once(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", distinct(40, 40))
    assert opened(tmp_path, tmp_path / "a.npy").summary.images == 1


def test_a_strip_without_content_is_not_held_out() -> None:
    array = distinct(60, 40)
    array[-20:] = 0
    data = opened(TrainingImage(array, "YX"), held_out=0.2)
    assert data.summary.held_out == "the uppermost rows"
    assert np.isin(values_of(data.held_out(9), data), array[:12]).all()


def test_held_out_patches_come_in_the_same_order_whatever_their_number() -> None:
    """Also where many places are passed over."""
    data = opened(half_smooth())
    held = data.held_out(40)
    assert len(held) == 40
    np.testing.assert_array_equal(data.held_out(9), held[:9])


def test_held_out_files_are_decoded_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(12):
        np.save(tmp_path / f"{number}.npy", distinct(30, 30))
    data = opened(tmp_path, cache=0, held_out=0.5)
    decoded = []
    original = ImageCache._read

    def counted(self: ImageCache, path: Path) -> TrainingImage:
        decoded.append(path)
        return original(self, path)

    monkeypatch.setattr(ImageCache, "_read", counted)
    data.held_out(50)
    assert len(decoded) <= len(set(decoded)) + 1


def test_a_long_search_for_content_is_reported() -> None:
    array = np.full((60, 40), 9, np.uint8)
    array[:9, :9] = rng().integers(0, 256, (9, 9))
    opening = open_data(
        [TrainingImage(array, "YX")], config=PatchConfig(size=8, held_out=0.2)
    )
    # The lowest rows are searched in vain, thousands of times.
    assert sum(1 for _ in opening) > 5000


def test_a_single_patch_is_trained_and_validated_on() -> None:
    array = distinct(8, 8)
    data = opened(TrainingImage(array, "YX"))
    assert data.summary.held_out == ""
    assert "Nothing is held out" in data.summary.sentence()
    np.testing.assert_array_equal(values_of(data.held_out(1), data)[0, 0], array)


class Endless:
    """Pixels that are made up when they are asked for, and a record of that."""

    def __init__(self, *shape: int, dtype: str) -> None:
        self.shape = shape
        self.dtype = np.dtype(dtype)
        self.largest = 0

    def __getitem__(self, key: tuple[int | slice, ...]) -> NDArray[Any]:
        ranges = [
            np.arange(side)[part] for part, side in zip(key, self.shape, strict=True)
        ]
        places = np.meshgrid(*map(np.atleast_1d, ranges), indexing="ij", sparse=True)
        mixed = sum(place * (7919 + 104729 * i) for i, place in enumerate(places))
        values = ((mixed**2) % 60013).astype(self.dtype)
        self.largest = max(self.largest, values.size)
        return values.reshape([len(r) for r in ranges if np.ndim(r)])


@pytest.mark.parametrize("dtype", ["uint16", "float32"])
@pytest.mark.parametrize(
    ("shape", "axes"), [((5000, 30_000, 20_000), "TYX"), ((9000, 3, 50, 8000), "XSZY")]
)
def test_memory_is_flat(shape: tuple[int, ...], axes: str, dtype: str) -> None:
    """Only regions as large as a patch are read of terabytes."""
    array = Endless(*shape, dtype=dtype)
    tracemalloc.start()
    try:
        data = opened(TrainingImage(array, axes), size=32)
        drawn(data, 50)
        data.held_out(20)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert array.largest == 32 * 32 * data.channels
    assert peak < 2**25
    assert data.summary.memory == 0


def test_smaller_floats_are_searched_for_nan_in_bands() -> None:
    array = Endless(6000, 2000, dtype="float32")
    opened(TrainingImage(array, "YX"))
    assert array.largest <= 2**22


class Failing(Endless):
    """An array on a disk that may be taken away."""

    gone = False

    def __getitem__(self, key: tuple[int | slice, ...]) -> NDArray[Any]:
        if self.gone:
            raise OSError("the disk is gone")
        return super().__getitem__(key)


def test_what_cannot_be_read_later_is_passed_over() -> None:
    arrays = [Failing(40, 40, dtype="uint16") for _ in range(2)]
    data = opened(*(TrainingImage(array, "YX") for array in arrays))
    arrays[0].gone = True
    assert drawn(data, 20).shape == data.held_out(20).shape == (20, 1, 8, 8)
    arrays[1].gone = True
    with pytest.raises(InputError, match=r"No patch can be drawn .* the disk is gone"):
        data.draw(rng())


@pytest.mark.parametrize("value", [0, -9999])
def test_where_there_is_no_image_nothing_is_drawn(value):
    """Nor does the range begin there."""
    image = 1000 + 5 * rng().normal(size=(64, 64)).astype(np.float32)
    image[:, :30] = value
    data = opened(TrainingImage(image, "YX"))
    patches = drawn(data, 50)
    assert patches.std() > 0.1
    whole = opened(TrainingImage(image[:, 30:].copy(), "YX"))
    assert data.scale.low == pytest.approx(whole.scale.low, abs=1)
    assert data.scale.high == pytest.approx(whole.scale.high, abs=1)
    assert data.scale.normalise(np.array([float(value)]))[0] < patches.min() - 1


def test_images_that_are_mostly_ground_are_drawn_from():
    image = np.zeros((64, 64), np.uint16)
    image[20:40, 20:40] = rng().integers(1000, 2000, (20, 20))
    assert TrainingImage(image, "YX").fill is None
    assert drawn(opened(TrainingImage(image, "YX")), 20).std() > 0
