"""Prior files: every damaged or hostile file refused in a sentence."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import pickle
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch
from prior_files import (
    INFO,
    MEBIBYTE,
    TENSOR,
    change_card,
    frugal,
    made,
    put_together,
    refused,
    refused_early,
    taken_apart,
)
from safetensors.torch import load_file, save_file

from napari_flowprior import FlowPrior
from napari_flowprior._errors import InputError, PriorFileError
from napari_flowprior.priors import PriorInfo
from napari_flowprior.priors._file import read_header


def change_body(path: Path, body: bytes) -> None:
    """Replace the tensors, with the checksum that belongs to them."""
    header, _ = taken_apart(path)
    put_together(path, json.dumps(header).encode(), body)
    change_card(path, lambda card: card.update(checksum=sha256(body)))


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_other_programs_can_read_the_tensors(path: Path) -> None:
    state = FlowPrior.load(path).flow.state_dict()
    read = load_file(path)
    assert read.keys() == state.keys()
    assert all(torch.equal(read[name], state[name]) for name in state)


def test_missing_file(tmp_path: Path) -> None:
    missing = tmp_path / "missing.safetensors"
    assert "photo-gray" in refused(missing, "no prior")
    for name in (missing, tmp_path / "a\0b"):
        with pytest.raises(PriorFileError, match="There is no prior at"):
            read_header(name)


def test_folder(tmp_path: Path) -> None:
    refused_early(tmp_path, "is a folder")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipe_is_refused_rather_than_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    refused_early(tmp_path / "pipe", "no regular file")


def test_unreadable_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **options: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", fail)
    refused_early(path, "Permission denied")


def test_file_that_vanishes_or_shrinks_meanwhile(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    header = read_header(path)
    monkeypatch.setattr("napari_flowprior.priors._file.read_header", lambda _: header)
    path.write_bytes(path.read_bytes()[:-4])
    refused(path, "damaged")


@pytest.mark.parametrize("length", [0, 1, 7, 8, 9, 100, -1, -100])
def test_truncated_file(path: Path, length: int) -> None:
    path.write_bytes(path.read_bytes()[:length])
    refused_early(path, "truncated")


def test_trailing_bytes(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"0")
    refused_early(path, "has been changed")


def test_flipped_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    refused(path, "checksum does not match")


def test_flipped_bits_of_the_header_are_noticed(path: Path) -> None:
    content = path.read_bytes()
    generator = torch.Generator().manual_seed(0)
    start = len(content) - len(taken_apart(path)[1])
    for place in torch.randint(start, (200,), generator=generator).tolist():
        changed = bytearray(content)
        changed[place] ^= 1 << place % 8
        path.write_bytes(changed)
        refused(path)


def test_header_of_another_valid_prior(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content.replace(b"0.25", b"0.75"))
    refused_early(path, "checksum of its header")


@pytest.mark.parametrize("checksum", ["", None, [], "0" * 64])
def test_wrong_checksum_of_the_header(path: Path, checksum: object) -> None:
    header, body = taken_apart(path)
    header["__metadata__"]["header_checksum"] = checksum
    put_together(path, json.dumps(header).encode(), body)
    refused_early(path, "checksum of its header")


def test_file_from_before_headers_had_checksums(path: Path) -> None:
    header, body = taken_apart(path)
    del header["__metadata__"]["header_checksum"]
    put_together(path, json.dumps(header).encode(), body)
    assert FlowPrior.load(path).info == replace(INFO, checksum=sha256(body))


@pytest.mark.parametrize("content", [b"", b"{}", b"\x00" * 64, b"\xff" * 64])
def test_file_of_another_kind(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    refused_early(path, "no prior")


def test_pickles_are_refused_unopened(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **options: object) -> None:
        raise AssertionError("a pickle was opened")

    state = made().flow.state_dict()
    monkeypatch.setattr(pickle, "load", fail)
    monkeypatch.setattr(torch, "load", fail)
    torch.save(state, path)
    refused_early(path, "no prior")
    torch.save(state, path, _use_new_zipfile_serialization=False)
    refused_early(path, "no prior")
    path.write_bytes(pickle.dumps({"flow": 1}))
    refused_early(path, "no prior")


@pytest.mark.parametrize("metadata", [None, {"format": "pt"}, {"flowprior": "[]"}])
def test_safetensors_file_that_is_no_prior(
    path: Path, metadata: dict[str, str] | None
) -> None:
    save_file(made().flow.state_dict(), path, metadata=metadata)
    refused_early(path, "another kind")


@pytest.mark.parametrize(
    "header",
    [
        b"[]",
        b"12",
        b"null",
        b"{}",
        b"not JSON",
        b'{"a": "\xff\xfe"}',
        '{"__metadata__": {}}'.encode("utf-16"),
        b'{"__metadata__": 1}',
        b'{"__metadata__": "flowprior"}',
        b'{"__metadata__": {"flowprior": {}}}',
        b'{"__metadata__": {"flowprior": 3}}',
        b'{"__metadata__": {"flowprior": "3"}}',
        b'{"__metadata__": {"flowprior": "{}"}, "a": 1}',
        b'{"__metadata__": {"flowprior": "{}"}, "a": {}}',
        b'{"__metadata__": {"flowprior": "{}"}, "a": {"shape": 4}}',
        b'{"__metadata__": {"flowprior": "{}"}, "a": [1]}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b"9" * 100_000,
    ],
    ids=lambda header: header[:60].decode("latin-1"),
)
def test_malformed_header(path: Path, header: bytes) -> None:
    put_together(path, header, b"")
    with frugal(32 * MEBIBYTE):
        refused_early(path, "another kind")


@pytest.mark.parametrize("length", [2**20 + 1, 2**31, 2**63, 2**64 - 1])
def test_huge_header_length(path: Path, length: int) -> None:
    content = path.read_bytes()
    path.write_bytes(length.to_bytes(8, "little") + content[8:])
    with frugal():
        refused_early(path, "no prior")


def test_header_longer_than_is_sensible(path: Path) -> None:
    header, body = taken_apart(path)
    put_together(path, json.dumps(header).encode() + b" " * 2 * MEBIBYTE, body)
    with frugal():
        refused_early(path, "no prior")


def test_huge_file(path: Path) -> None:
    os.truncate(path, 2**31 + 1)
    with frugal():
        refused_early(path, f"{2**31 + 1} bytes")


@pytest.mark.parametrize("checksum", ["", "0" * 64])
def test_wrong_checksum(path: Path, checksum: str) -> None:
    change_card(path, lambda card: card.update(checksum=checksum))
    refused(path, "checksum does not match")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite(path: Path, value: float) -> None:
    _, body = taken_apart(path)
    change_body(path, body[:-4] + torch.tensor(value).numpy().tobytes())
    refused(path, "not finite")


def test_information_comes_from_the_header_alone(path: Path) -> None:
    made(hidden=256).save(path, overwrite=True)
    header, body = taken_apart(path)
    assert len(body) > 2 * MEBIBYTE
    put_together(path, json.dumps(header).encode(), bytes(len(body)))
    with frugal(MEBIBYTE):
        assert PriorInfo.from_card(read_header(path).card).name == "small"
    refused(path, "damaged")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), InputError),
        (KeyboardInterrupt(), KeyboardInterrupt),
    ],
)
@pytest.mark.parametrize("stage", ["write", "flush", "rename"])
def test_interrupted_save_changes_nothing(
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    stage: str,
    error: BaseException,
    expected: type[BaseException],
) -> None:
    before = path.read_bytes()

    def fail(*args: object) -> None:
        if stage == "write":
            Path(str(args[0])).touch()
        raise error

    place = {"write": (Path, "write_bytes"), "flush": (os, "fsync")}
    monkeypatch.setattr(*place.get(stage, (os, "replace")), fail)
    with pytest.raises(expected):
        made(seed=1).save(path, overwrite=True)
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.skipif(find_spec("resource") is None, reason="needs limits of files")
def test_disk_that_is_full_halfway_keeps_the_old_file(path: Path) -> None:
    import resource

    before = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, hard))
    try:
        with pytest.raises(InputError, match="cannot be written") as caught:
            made(seed=1).save(path, overwrite=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "the space left." in str(caught.value)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_read_only_disk_keeps_the_old_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = path.read_bytes()

    def refuse(*args: object, **options: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    # Such a disk refuses to remove files before it looks whether they are there.
    for name in ("write_bytes", "unlink"):
        monkeypatch.setattr(Path, name, refuse)
    with pytest.raises(InputError, match="Read-only file system"):
        made(seed=1).save(path, overwrite=True)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"sigma_max": float("nan")}, "sigma_max"),
        ({"sigma_max": "0.2"}, "sigma_max"),
        ({"name": None}, "name"),
        ({"sources": (1,)}, "sources"),
        ({"training": {"path": Path("a")}}, "JSON serializable"),
        ({"training": [1]}, "training"),
        ({"description": "\ud800"}, "surrogates"),
        ({"sources": ("a" * 2**20,)}, "too large"),
    ],
)
def test_metadata_that_could_not_be_read_are_not_saved(
    path: Path, changes: dict[str, Any], word: str
) -> None:
    before = path.read_bytes()
    with pytest.raises(InputError, match=word) as caught:
        made(info=replace(INFO, **changes)).save(path, overwrite=True)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == before


def test_weights_that_could_not_be_read_are_not_saved(path: Path) -> None:
    before = path.read_bytes()
    broken = made()
    broken.flow.get_parameter(TENSOR).fill_(float("nan"))
    large = made(hidden=32)
    name = "levels.0.steps.3.conditioner.blocks.0.conv3.weight"
    large.flow.get_parameter(name).fill_(1e6)
    with pytest.raises(InputError, match=TENSOR):
        broken.save(path, overwrite=True)
    with pytest.raises(InputError, match=name):
        large.save(path, overwrite=True, half=True)
    assert path.read_bytes() == before


def test_flow_that_could_not_be_read_is_not_saved(tmp_path: Path) -> None:
    prior = made(levels=3, steps=43, hidden=1, blocks=0)
    with pytest.raises(InputError, match="too many"):
        prior.save(tmp_path / "a.safetensors")
    assert not any(tmp_path.iterdir())
