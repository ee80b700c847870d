"""TIFF files: axes, metadata, and large ones that stay on disk."""

import json
import subprocess
import sys

import numpy as np
import pytest
import tifffile
from PIL import Image

from napari_flowprior._errors import InputError
from napari_flowprior.data import PlaneView, read_image, write_image
from napari_flowprior.data.files._ome import read_ome

RNG = np.random.default_rng(0)


def pixels(shape, dtype=np.uint16):
    return (RNG.random(shape) * 255).astype(dtype)


def again(tmp_path, file, array=None):
    """Write what was read and read it once more."""
    path = tmp_path / "again.tif"
    write_image(path, file.array if array is None else array, file.axes, like=file)
    return read_image(path)


def test_imagej_stacks_keep_axes_and_calibration(tmp_path):
    array = pixels((2, 3, 2, 9, 8))
    tifffile.imwrite(
        tmp_path / "a.tif",
        array,
        imagej=True,
        resolution=(5, 4),
        metadata={"axes": "TZCYX", "spacing": 0.5, "unit": "um", "finterval": 2.0},
    )
    first = read_image(tmp_path / "a.tif")
    second = again(tmp_path, first)
    assert first.axes == second.axes == "TZCYX"
    np.testing.assert_array_equal(second.array, array)
    with tifffile.TiffFile(tmp_path / "again.tif") as tif:
        assert tif.is_imagej
        assert tif.imagej_metadata["spacing"] == 0.5
        assert tif.imagej_metadata["unit"] == "um"
        assert tif.imagej_metadata["finterval"] == 2.0
        assert tif.pages.first.tags["XResolution"].value == (5, 1)


def test_imagej_units_beyond_ascii_are_kept(tmp_path):
    path = tmp_path / "a.tif"
    metadata = {"axes": "ZYX", "unit": "?m"}
    tifffile.imwrite(path, pixels((3, 9, 8)), imagej=True, metadata=metadata)
    path.write_bytes(path.read_bytes().replace(b"unit=?m", b"unit=\xb5m"))
    again(tmp_path, read_image(path))
    with tifffile.TiffFile(tmp_path / "again.tif") as tif:
        assert tif.is_imagej
        assert tif.imagej_metadata["unit"] in ("µm", r"\u00B5m")


def test_types_that_imagej_lacks_are_written_as_plain_tiff(tmp_path):
    tifffile.imwrite(
        tmp_path / "a.tif", pixels((3, 9, 8)), imagej=True, metadata={"axes": "ZYX"}
    )
    file = read_image(tmp_path / "a.tif")
    second = again(tmp_path, file, np.asarray(file.array, np.float64))
    assert second.axes == "ZYX"
    assert second.array.dtype == np.float64


def test_ome_keeps_axes_sizes_and_channels(tmp_path):
    array = pixels((2, 3, 9, 8))
    metadata = {
        "axes": "CZYX",
        "PhysicalSizeX": 0.1,
        "PhysicalSizeXUnit": "µm",
        "PhysicalSizeZ": 0.4,
        "Channel": {"Name": ["DAPI", "GFP"]},
    }
    tifffile.imwrite(tmp_path / "a.ome.tif", array, metadata=metadata)
    first = read_image(tmp_path / "a.ome.tif")
    second = again(tmp_path, first)
    assert first.axes == second.axes == "CZYX"
    np.testing.assert_array_equal(second.array, array)
    with tifffile.TiffFile(tmp_path / "again.tif") as tif:
        assert tif.is_ome
        image = tifffile.xml2dict(tif.ome_metadata)["OME"]["Image"]["Pixels"]
    assert image["PhysicalSizeX"] == 0.1
    assert image["PhysicalSizeXUnit"] == "µm"
    assert image["PhysicalSizeZ"] == 0.4
    assert [channel["Name"] for channel in image["Channel"]] == ["DAPI", "GFP"]


def test_the_name_asks_for_ome(tmp_path):
    write_image(tmp_path / "a.ome.tif", pixels((3, 9, 8)), "TYX")
    with tifffile.TiffFile(tmp_path / "a.ome.tif") as tif:
        assert tif.is_ome
    assert read_image(tmp_path / "a.ome.tif").axes == "TYX"


def test_types_that_ome_lacks_are_written_as_plain_tiff(tmp_path):
    write_image(tmp_path / "a.ome.tif", pixels((3, 9, 8), np.int64), "TYX")
    with tifffile.TiffFile(tmp_path / "a.ome.tif") as tif:
        assert not tif.is_ome
    assert read_image(tmp_path / "a.ome.tif").axes == "TYX"


@pytest.mark.parametrize(
    ("options", "shape", "axes"),
    [
        ({"photometric": "rgb"}, (9, 8, 3), "YXS"),
        ({"photometric": "rgb"}, (9, 8, 4), "YXS"),
        ({"photometric": "rgb", "planarconfig": "separate"}, (3, 9, 8), "SYX"),
        ({"photometric": "minisblack"}, (3, 9, 8), "ZYX"),
        ({"photometric": "minisblack", "metadata": None}, (3, 9, 8), "ZYX"),
        ({"photometric": "minisblack"}, (2, 3, 9, 8), "TZYX"),
        ({"metadata": {"axes": "TCYX"}}, (2, 3, 9, 8), "TCYX"),
    ],
)
def test_axes_are_those_of_the_file(tmp_path, options, shape, axes):
    array = pixels(shape, np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", array, **options)
    first = read_image(tmp_path / "a.tif")
    second = again(tmp_path, first)
    assert first.axes == second.axes == axes
    np.testing.assert_array_equal(first.array, array)
    np.testing.assert_array_equal(second.array, array)


def test_two_samples_without_transparency_are_channels(tmp_path):
    tifffile.imwrite(
        tmp_path / "a.tif",
        pixels((9, 8, 2), np.uint8),
        photometric="minisblack",
        extrasamples=["unspecified"],
    )
    assert read_image(tmp_path / "a.tif").axes == "YXC"


@pytest.mark.parametrize("kind", ["lzw", "zstd", "jpeg", "webp", "packbits", "lzma"])
@pytest.mark.parametrize("in_memory", [0, 2**20])
def test_compressed_files_are_read(tmp_path, kind, in_memory):
    smooth = np.add.outer(np.arange(20), np.arange(24)).astype(np.uint8)
    array = np.dstack([smooth, 2 * smooth, 255 - smooth])
    options = {"photometric": "rgb", "compression": kind}
    tifffile.imwrite(tmp_path / "a.tif", array, **options)
    file = read_image(tmp_path / "a.tif", in_memory=in_memory)
    assert file.axes == "YXS"
    loss = 8 if kind == "jpeg" else 0
    np.testing.assert_allclose(np.asarray(file.array), array.astype(int), atol=loss)


def test_predictors_are_undone(tmp_path):
    array = RNG.random((9, 8)).astype(np.float32)
    options = {"compression": "zlib", "predictor": True}
    tifffile.imwrite(tmp_path / "a.tif", array, **options)
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif").array, array)


def test_compression_that_cannot_be_read_is_named(tmp_path, monkeypatch):
    tifffile.imwrite(tmp_path / "a.tif", pixels((9, 8)), compression="zlib")
    monkeypatch.setattr(tifffile.TIFF, "DECOMPRESSORS", {})
    with pytest.raises(InputError, match=r"a\.tif: .*DEFLATE\) needs .* imagecodecs"):
        read_image(tmp_path / "a.tif")


def test_rows_and_columns_are_stored_last(tmp_path):
    array = pixels((8, 9, 3))
    write_image(tmp_path / "a.tif", array, "XYT")
    file = read_image(tmp_path / "a.tif")
    assert file.axes == "TYX"
    np.testing.assert_array_equal(file.array, array.T)


@pytest.mark.parametrize("in_memory", [0, 2**20])
def test_the_largest_of_several_images_is_read(tmp_path, in_memory):
    large = pixels((9, 8))
    with tifffile.TiffWriter(tmp_path / "a.tif") as tif:
        tif.write(pixels((5, 5)))
        tif.write(large, resolution=(7, 7))
        tif.write(pixels((3, 20)))
    with pytest.warns(UserWarning, match=r"a\.tif holds 3 images; only number 2"):
        file = read_image(tmp_path / "a.tif", in_memory=in_memory)
    np.testing.assert_array_equal(file.array, large)
    assert file.info["XResolution"] == (7, 1)


def test_pages_of_different_size_are_several_images(tmp_path):
    sizes = (6, 9), (20, 24), (10, 13)
    pages = [Image.fromarray(pixels(size, np.uint8)) for size in sizes]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    with pytest.warns(UserWarning, match=r"only number 2 is read, the largest"):
        file = read_image(tmp_path / "a.tif")
    np.testing.assert_array_equal(file.array, pages[1])


@pytest.mark.parametrize("inside", [True, False])
def test_the_finest_of_a_pyramid_is_read(tmp_path, inside):
    array = pixels((16, 24), np.uint8)
    with tifffile.TiffWriter(tmp_path / "a.tif") as tif:
        tif.write(array, subifds=1 if inside else 0)
        tif.write(array[::2, ::2], subfiletype=1)
    with pytest.warns(UserWarning, match=r"2 resolutions; the finest .* 24 x 16"):
        file = read_image(tmp_path / "a.tif")
    np.testing.assert_array_equal(file.array, array)


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("in_memory", [0, 2**20])
def test_files_that_end_early_are_refused(tmp_path, compression, in_memory):
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as tif:
        for _ in range(2):
            tif.write(pixels((64, 64)), contiguous=False, compression=compression)
    with tifffile.TiffFile(path) as tif:
        middle = tif.pages[1].dataoffsets[0] + 10
        assert tif.pages[1].offset < middle
    path.write_bytes(path.read_bytes()[:middle])
    with pytest.raises(InputError, match=r"a\.tif"):
        np.asarray(read_image(path, in_memory=in_memory).array)


@pytest.mark.filterwarnings("ignore:.*holds 2 images:UserWarning")
def test_lists_of_pages_that_end_early_are_refused(tmp_path):
    path = tmp_path / "a.tif"
    frames = [Image.fromarray(pixels((64, 64), np.uint8)) for _ in range(3)]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    with tifffile.TiffFile(path) as tif:
        second = tif.pages[1].offset
    path.write_bytes(path.read_bytes()[:second])
    with pytest.raises(InputError, match=r"a\.tif: its list of pages is cut off"):
        read_image(path)


def test_packages_that_are_missing_are_named(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, pixels((9, 8)), compression="lzw")
    code = (
        "import sys; sys.modules['imagecodecs'] = None\n"
        "from napari_flowprior.data import read_image\n"
        f"try: read_image({str(path)!r})\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    command = [sys.executable, "-c", code]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.startswith("InputError")
    assert "imagecodecs; install it" in said


def test_descriptions_are_kept(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", pixels((9, 8)), metadata={"stage": [1, 2]})
    tifffile.imwrite(
        tmp_path / "b.tif", pixels((9, 8)), description="10 kV", metadata=None
    )
    for name, said in (("a", {"stage": [1, 2]}), ("b", {"description": "10 kV"})):
        file = read_image(tmp_path / f"{name}.tif")
        write_image(tmp_path / f"{name}2.tif", file.array, file.axes, file)
        with tifffile.TiffFile(tmp_path / f"{name}2.tif") as tif:
            assert json.loads(tif.pages.first.description).items() >= said.items()
        assert read_image(tmp_path / f"{name}2.tif").info["metadata"] == said


STORY = {"version": "1", "estimator": {"name": "mmse"}}


@pytest.mark.parametrize("kind", ["ome", "imagej", "plain"])
def test_provenance_is_part_of_the_description(tmp_path, kind):
    path, copy = tmp_path / "a.tif", tmp_path / "b.tif"
    note = {"ome": {"Description": "mine"}, "imagej": {"Info": "mine"}}.get(kind, {})
    options = {kind: True} if kind != "plain" else {}
    tifffile.imwrite(
        path, pixels((3, 9, 8)), metadata={"axes": "ZYX", **note}, **options
    )
    file = read_image(path)
    write_image(copy, file.array, file.axes, file, provenance=STORY)
    with tifffile.TiffFile(copy) as tif:
        assert tif.pages.first.tags["Software"].value.startswith("napari-flowprior")
        said = {
            "ome": lambda: read_ome(tif.ome_metadata, 0)["Description"],
            "imagej": lambda: tif.imagej_metadata["Info"],
            "plain": lambda: "mine\n" + tif.pages.first.description,
        }[kind]()
    first, story = said.split("\n")
    assert first == "mine"
    assert json.loads(story)["napari-flowprior"] == STORY
    assert read_image(copy).axes == "ZYX"


@pytest.fixture
def everything_is_large(monkeypatch):
    monkeypatch.setattr("napari_flowprior.data.files._paths.LAZY_BYTES", 0)


@pytest.mark.usefixtures("everything_is_large")
def test_large_files_stay_on_disk(tmp_path):
    array = pixels((4, 9, 8))
    write_image(tmp_path / "a.tif", array, "ZYX")
    file = read_image(tmp_path / "a.tif")
    assert isinstance(file.array, np.memmap)
    np.testing.assert_array_equal(file.array, array)


@pytest.mark.usefixtures("everything_is_large")
@pytest.mark.parametrize(
    ("shape", "axes"), [((2, 4, 9, 8), "TZYX"), ((4, 9, 8, 3), "ZYXS")]
)
def test_large_compressed_stacks_are_decoded_plane_by_plane(tmp_path, shape, axes):
    array = pixels(shape, np.uint8)
    tifffile.imwrite(
        tmp_path / "a.tif",
        array,
        compression="zlib",
        photometric="rgb" if "S" in axes else "minisblack",
        metadata={"axes": axes},
    )
    file = read_image(tmp_path / "a.tif")
    assert not isinstance(file.array, np.ndarray)
    assert file.axes == axes
    np.testing.assert_array_equal(np.asarray(file.array), array)
    lazy, whole = (PlaneView(a, axes, "S" in axes) for a in (file.array, array))
    for sample in range(whole.samples):
        region = (sample, slice(2, 7), slice(1, 5))
        np.testing.assert_array_equal(lazy.read(*region), whole.read(*region))


@pytest.mark.usefixtures("everything_is_large")
def test_large_damaged_stacks_name_the_file(tmp_path):
    path = tmp_path / "a.tif"
    array = pixels((3, 64, 64))
    tifffile.imwrite(path, array, compression="zlib", photometric="minisblack")
    with tifffile.TiffFile(path) as tif:
        offset = tif.pages[1].dataoffsets[0]
    content = bytearray(path.read_bytes())
    content[offset : offset + 400] = bytes(400)
    path.write_bytes(content)
    file = read_image(path)
    with pytest.raises(InputError, match=r"a\.tif cannot be read"):
        PlaneView(file.array, file.axes).read(1, slice(None), slice(None))


def test_large_outputs_are_bigtiff(tmp_path, monkeypatch):
    monkeypatch.setattr("napari_flowprior.data.files._tiff_output._CLASSIC_BYTES", 1000)
    write_image(tmp_path / "a.tif", pixels((64, 64)), "YX")
    write_image(tmp_path / "b.tif", pixels((4, 4)), "YX")
    with tifffile.TiffFile(tmp_path / "a.tif") as tif:
        assert tif.is_bigtiff
    with tifffile.TiffFile(tmp_path / "b.tif") as tif:
        assert not tif.is_bigtiff


def test_huge_tiles_of_small_planes_are_damage(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, pixels((48, 48)), tile=(16, 16), compression="zlib")
    with tifffile.TiffFile(path, mode="r+b") as file:
        file.pages.first.tags["TileLength"].overwrite(2**22, dtype="I")
    with pytest.raises(InputError, match=r"a\.tif: its tiles.* far larger than"):
        read_image(path)
