"""MNIST: what is right is read, what is wrong is refused in a sentence."""

from __future__ import annotations

import gzip
import io
import pickle
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from napari_flowprior._errors import InputError
from napari_flowprior.training import read_mnist

NAMES = ("train-images", "t10k-images")
TRAINING = np.random.default_rng(0).integers(0, 256, (7, 28, 28)).astype(np.uint8)
TEST = TRAINING[:3, ::-1]


def idx(array, magic=0x803, shape=None):
    return struct.pack(">4I", magic, *(shape or array.shape)) + array.tobytes()


def write_idx(folder, ending="-idx3-ubyte", training=None, test=None):
    pack = gzip.compress if ending.endswith(".gz") else bytes
    contents = idx(TRAINING) if training is None else training
    (folder / f"{NAMES[0]}{ending}").write_bytes(pack(contents))
    contents = idx(TEST) if test is None else test
    (folder / f"{NAMES[1]}{ending}").write_bytes(pack(contents))
    return folder


def write_npz(path, **arrays):
    np.savez_compressed(path, **{"x_train": TRAINING, "x_test": TEST, **arrays})
    return path


def write_raw_npz(path, header, body=b"", name="x_train"):
    """Write an npz whose first array has a header that is made up."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, header)
    other = io.BytesIO()
    np.save(other, TEST)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}.npy", file.getvalue() + body)
        archive.writestr("x_test.npy", other.getvalue())
    return path


def check(path):
    training, test = read_mnist(path)
    np.testing.assert_array_equal(training, TRAINING)
    np.testing.assert_array_equal(test, TEST)
    assert training.dtype == test.dtype == np.uint8


def refuse(path, match):
    with pytest.raises(InputError, match=match) as caught:
        read_mnist(path)
    assert str(caught.value).endswith(".")


def test_npz(tmp_path):
    check(write_npz(tmp_path / "mnist.npz", y_train=np.arange(7)))


@pytest.mark.parametrize("joint", ["-", "."])
@pytest.mark.parametrize("packed", ["", ".gz"])
def test_idx(tmp_path, joint, packed):
    check(write_idx(tmp_path, f"{joint}idx3-ubyte{packed}"))


def test_missing_file(tmp_path):
    refuse(tmp_path / "none.npz", r"no file .*none\.npz")


def test_folder_without_digits(tmp_path):
    refuse(tmp_path, "no file train-images-idx3-ubyte")


def test_folder_without_test_digits(tmp_path):
    write_idx(tmp_path)
    (tmp_path / f"{NAMES[1]}-idx3-ubyte").unlink()
    refuse(tmp_path, "no file t10k-images-idx3-ubyte")


def test_labels_instead_of_images(tmp_path):
    labels = struct.pack(">2I", 0x801, 60_000) + bytes(100)
    refuse(write_idx(tmp_path, training=labels), "starts with 0x801")


def test_little_endian(tmp_path):
    contents = struct.pack("<4I", 0x803, 7, 28, 28) + TRAINING.tobytes()
    refuse(write_idx(tmp_path, training=contents), "starts with 0x3080000")


@pytest.mark.parametrize("shape", [(7, 32, 28), (7, 28, 27), (0, 28, 28)])
def test_other_sizes(tmp_path, shape):
    refuse(write_idx(tmp_path, training=idx(TRAINING, shape=shape)), "claims shape")


@pytest.mark.parametrize("ending", ["-idx3-ubyte", "-idx3-ubyte.gz"])
@pytest.mark.parametrize("number", [6, 8, 900_000])
def test_wrong_number_of_digits(tmp_path, ending, number):
    contents = idx(TRAINING, shape=(number, 28, 28))
    tracemalloc.start()
    refuse(write_idx(tmp_path, ending, training=contents), f"{number * 784} bytes")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**24


def test_too_many_digits_are_refused_before_they_are_read(tmp_path):
    contents = idx(TRAINING, shape=(2**32 - 1, 28, 28))
    refuse(write_idx(tmp_path, training=contents), "at most 1000000")


@pytest.mark.parametrize("ending", ["-idx3-ubyte", "-idx3-ubyte.gz"])
@pytest.mark.parametrize("length", [0, 3, 15, 16, 500])
def test_truncated_idx(tmp_path, ending, length):
    refuse(write_idx(tmp_path, ending, training=idx(TRAINING)[:length]), "fetch it")


def test_truncated_gzip(tmp_path):
    write_idx(tmp_path, "-idx3-ubyte.gz")
    file = tmp_path / f"{NAMES[0]}-idx3-ubyte.gz"
    file.write_bytes(file.read_bytes()[:-100])
    refuse(tmp_path, "cannot be read as MNIST")


def test_not_an_archive(tmp_path):
    path = tmp_path / "mnist.npz"
    path.write_bytes(b"no archive")
    refuse(path, "cannot be read as MNIST")


def test_archive_of_something_else(tmp_path):
    path = tmp_path / "other.npz"
    np.savez(path, x=TRAINING)
    refuse(path, "has no array x_t")


@pytest.mark.parametrize(
    "array",
    [
        TRAINING.astype(float),
        TRAINING[0],
        np.asfortranarray(TRAINING),
        TRAINING[..., None],
    ],
)
def test_arrays_of_another_kind(tmp_path, array):
    refuse(write_npz(tmp_path / "mnist.npz", x_train=array), "x_train has type")


def test_pickles_are_never_opened(tmp_path):
    class Bomb:
        def __reduce__(self):
            return pytest.fail, ("a pickle was opened",)

    header = {"descr": "|O", "fortran_order": False, "shape": (1, 28, 28)}
    path = write_raw_npz(tmp_path / "mnist.npz", header, pickle.dumps(Bomb()))
    refuse(path, "type object")


@pytest.mark.parametrize("number", [900_000, 10**12])
def test_archives_that_claim_too_much_take_no_memory(tmp_path, number):
    header = {"descr": "|u1", "fortran_order": False, "shape": (number, 28, 28)}
    path = write_raw_npz(tmp_path / "mnist.npz", header, bytes(784))
    tracemalloc.start()
    refuse(path, "claims")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**24


def test_long_headers_are_refused_before_they_are_read(tmp_path):
    path = tmp_path / "mnist.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        start = b"\x93NUMPY\2\0" + struct.pack("<I", 2**26)
        archive.writestr("x_train.npy", start + bytes(2**26))
        archive.writestr("x_test.npy", b"")
    tracemalloc.start()
    refuse(path, r"npy version \(2, 0\)")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**24


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_archives_packed_otherwise(tmp_path, packing):
    path = tmp_path / "mnist.npz"
    with zipfile.ZipFile(path, "w", packing) as archive:
        for name in ("x_train.npy", "x_test.npy"):
            archive.writestr(name, bytes(100))
    refuse(path, "x_train is packed")


def test_archives_with_a_password(tmp_path):
    path = write_npz(tmp_path / "mnist.npz")
    contents = bytearray(path.read_bytes())
    for mark, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        contents[contents.index(mark) + flags] |= 1
    path.write_bytes(contents)
    refuse(path, "password")


@given(st.data())
@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_damage_gives_digits_or_a_sentence(tmp_path, data):
    path = tmp_path / "mnist.npz"
    save = np.savez if data.draw(st.booleans()) else np.savez_compressed
    save(path, x_train=TRAINING, x_test=TEST)
    contents = bytearray(path.read_bytes())
    # Where the headers are, at the start and at the end, damage is most harmful.
    places = st.integers(0, 250) | st.integers(len(contents) - 250, len(contents) - 1)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(places)
        contents[place] = data.draw(st.integers(0, 255))
    path.write_bytes(contents)
    try:
        training, _ = read_mnist(path)
    except InputError:
        return
    assert training.shape[1:] == (28, 28)
