"""Reading and writing: what every format keeps, and what it refuses."""

import numpy as np
import pytest

from napari_flowprior._errors import InputError
from napari_flowprior.data import check_output, read_image, write_image

RNG = np.random.default_rng(0)
REAL_TYPES = ["bool", *(f"{s}int{n}" for s in ("", "u") for n in (8, 16, 32, 64))]
REAL_TYPES += ["float16", "float32", "float64"]


def pixels(shape, dtype):
    return (RNG.random(shape) * 255).astype(dtype)


def keeps(path, array, axes):
    write_image(path, array, axes)
    file = read_image(path)
    np.testing.assert_array_equal(file.array, array)
    assert file.array.dtype == array.dtype
    assert file.axes == axes
    assert file.path == path


@pytest.mark.parametrize("dtype", REAL_TYPES)
@pytest.mark.parametrize("suffix", [".tif", ".npy"])
@pytest.mark.parametrize(
    ("axes", "shape"), [("YX", (9, 8)), ("ZYX", (3, 9, 8)), ("YXS", (9, 8, 3))]
)
def test_tiff_and_npy_keep_every_type(tmp_path, suffix, dtype, axes, shape):
    if dtype == "bool" and "S" in axes:
        dtype = "uint8"
    keeps(tmp_path / f"a{suffix}", pixels(shape, dtype), axes)


@pytest.mark.parametrize(
    ("axes", "shape", "dtype"),
    [
        ("YX", (9, 8), "bool"),
        ("YX", (9, 8), "uint8"),
        ("YX", (9, 8), "uint16"),
        ("YX", (1, 1), "uint8"),
        ("YXS", (9, 8, 3), "uint8"),
        ("YXS", (9, 8, 4), "uint8"),
        ("YXS", (2, 2, 3), "uint8"),
        ("YXS", (9, 8, 3), "uint16"),
        ("YXS", (9, 8, 4), "uint16"),
    ],
)
def test_png_keeps_what_it_holds(tmp_path, axes, shape, dtype):
    keeps(tmp_path / "a.PNG", pixels(shape, dtype), axes)


@pytest.mark.parametrize(("axes", "shape"), [("YX", (40, 32)), ("YXS", (40, 32, 3))])
def test_jpeg_stays_close(tmp_path, axes, shape):
    image = np.linspace(0, 255, int(np.prod(shape))).reshape(shape).astype(np.uint8)
    write_image(tmp_path / "a.jpg", image, axes)
    file = read_image(tmp_path / "a.jpg")
    assert (file.axes, file.format) == (axes, "JPEG")
    np.testing.assert_allclose(file.array, image.astype(float), atol=6)


@pytest.mark.parametrize("suffix", [".png", ".jpeg"])
def test_photographs_are_written_from_any_order_of_axes(tmp_path, suffix):
    image = np.full((3, 8, 9), 7, np.uint8)
    write_image(tmp_path / f"a{suffix}", image, "SXY")
    assert np.shape(read_image(tmp_path / f"a{suffix}").array) == (9, 8, 3)


@pytest.mark.parametrize(
    ("name", "dtype", "axes", "shape", "message"),
    [
        ("a.jpg", "uint16", "YX", (9, 8), "write PNG, TIFF or NPY"),
        ("a.jpg", "float32", "YX", (9, 8), "not float32; write TIFF or NPY"),
        ("a.png", "float32", "YX", (9, 8), "PNG holds bool and uint8 and uint16"),
        ("a.png", "int16", "YX", (9, 8), "write TIFF or NPY"),
        ("a.png", "uint8", "ZYX", (3, 9, 8), "PNG holds one plane"),
        ("a.jpg", "uint8", "YXS", (9, 8, 4), "no transparency"),
        ("a.jpg", "uint8", "YX", (1, 70000), "at most 65500 pixels"),
        ("a.bmp", "uint8", "YX", (9, 8), '".bmp" are not supported; use one of .png'),
        ("a", "uint8", "YX", (9, 8), "not supported"),
        ("a.tif", "uint8", "YXZ", (9, 8), "name 3 axes"),
        ("none/a.tif", "uint8", "YX", (9, 8), "does not exist; create it"),
    ],
)
def test_what_a_format_cannot_hold_is_refused(
    tmp_path, name, dtype, axes, shape, message
):
    with pytest.raises(InputError, match=message):
        check_output(tmp_path / name, shape=shape, dtype=dtype, axes=axes)
    with pytest.raises(InputError, match=message):
        write_image(tmp_path / name, np.zeros(shape, dtype), axes)
    assert not list(tmp_path.iterdir())


def test_existing_outputs_are_refused(tmp_path):
    path = tmp_path / "a.png"
    write_image(path, np.zeros((3, 3), np.uint8), "YX")
    with pytest.raises(InputError, match="exists already"):
        write_image(path, np.ones((3, 3), np.uint8), "YX")
    write_image(path, np.ones((3, 3), np.uint8), "YX", overwrite=True)
    assert np.all(read_image(path).array)


def test_a_file_may_replace_the_one_it_was_read_from(tmp_path, monkeypatch):
    monkeypatch.setattr("napari_flowprior.data.files._paths.LAZY_BYTES", 0)
    path = tmp_path / "a.npy"
    np.save(path, np.arange(12.0).reshape(3, 4))
    file = read_image(path)
    assert isinstance(file.array, np.memmap)
    write_image(path, file.array, "YX", like=file, overwrite=True)
    np.testing.assert_array_equal(np.load(path), np.arange(12.0).reshape(3, 4))


def test_nothing_is_left_when_writing_fails(tmp_path, monkeypatch):
    def fail(path, *_):
        path.write_text("half")
        raise ValueError("no")

    monkeypatch.setattr("napari_flowprior.data.files._io.write_tiff", fail)
    with pytest.raises(ValueError, match="no"):
        write_image(tmp_path / "a.tif", np.zeros((3, 3)), "YX")
    assert not list(tmp_path.iterdir())


def test_missing_files_and_folders_are_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.png does not exist"):
        read_image(tmp_path / "none.png")
    (tmp_path / "a.tif").mkdir()
    with pytest.raises(InputError, match=r"a\.tif is a folder"):
        read_image(tmp_path / "a.tif")


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".npy"])
@pytest.mark.parametrize("damage", ["empty", "text", "cut"])
def test_damaged_files_are_named(tmp_path, suffix, damage):
    path = tmp_path / f"broken{suffix}"
    write_image(path, pixels((64, 64), np.uint8), "YX")
    whole = path.read_bytes()
    path.write_bytes({"empty": b"", "text": b"hello" * 9, "cut": whole[:1500]}[damage])
    with pytest.raises(InputError, match=f"broken{suffix}"):
        read_image(path)


def test_pickled_arrays_are_refused(tmp_path):
    np.save(tmp_path / "a.npy", np.array([{}, {}]), allow_pickle=True)
    with pytest.raises(InputError, match=r"a\.npy cannot be read"):
        read_image(tmp_path / "a.npy")


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros(5), "cannot be guessed"),
        (np.zeros((0, 5)), "empty"),
        (np.zeros((5, 5), complex), "complex"),
    ],
)
def test_arrays_that_are_no_images_are_refused(tmp_path, array, message):
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(InputError, match=rf"a\.npy: .*{message}"):
        read_image(tmp_path / "a.npy")
