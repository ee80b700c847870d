"""Headers of prior files: every damaged or hostile one refused in a sentence."""

from __future__ import annotations

import json
from dataclasses import asdict
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
import torch
from prior_files import (
    INFO,
    MEBIBYTE,
    TENSOR,
    change_card,
    change_header,
    frugal,
    made,
    put_together,
    refused,
    refused_early,
    taken_apart,
)

from napari_flowprior import FlowPrior
from napari_flowprior.priors import PriorInfo
from napari_flowprior.priors._file import FORMAT_VERSION

if TYPE_CHECKING:
    from pathlib import Path

    pass


@pytest.mark.parametrize("version", [FORMAT_VERSION + 1, 99, 10**300])
def test_newer_format(path: Path, version: int) -> None:
    change_card(path, lambda card: card.update(format_version=version))
    refused_early(path, "format version", "Update napari-flowprior.")


@pytest.mark.parametrize("version", [0, -1, 1.0, True, None, "1", [], {"a": 1}])
def test_wrong_format_version(path: Path, version: object) -> None:
    change_card(path, lambda card: card.update(format_version=version))
    refused_early(path, "no valid format version")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", {}),
        ("name", {"a": "b" * 10_000}),
        ("name", None),
        ("description", 3),
        ("description", ["a"]),
        ("licence", False),
        ("normalisation", 1.5),
        ("checksum", 1),
        ("checksum", None),
        ("training", "long"),
        ("training", [1]),
        ("training", None),
        ("sources", 5),
        ("sources", "text"),
        ("sources", None),
        ("sources", {"a": 1}),
        ("sources", [["a"], ["b"]]),
        ("sources", ["a", 1]),
        ("sources", [[[[["a" * 10_000]]]]]),
        ("sigma_min", -0.1),
        ("sigma_max", float("nan")),
        ("sigma_max", float("inf")),
        ("sigma_max", float("-inf")),
        ("sigma_max", -0.1),
        ("sigma_max", 10**300),
        ("sigma_max", True),
        ("sigma_max", "0.2"),
        ("sigma_max", None),
        ("sigma_max", [0.2]),
    ],
)
def test_hostile_metadata(path: Path, name: str, value: object) -> None:
    change_card(path, lambda card: card.update({name: value}))
    refused_early(path, name)


def test_missing_checksum(path: Path) -> None:
    change_card(path, lambda card: card.pop("checksum"))
    refused_early(path, "no checksum")


@pytest.mark.parametrize("depth", [20, 300, 900, 50_000])
def test_deeply_nested_metadata(path: Path, depth: int) -> None:
    def nest(header: dict[str, Any]) -> None:
        text = header["__metadata__"]["flowprior"]
        nested = f'{{"more": {"[" * depth + "]" * depth}, {text[1:]}'
        header["__metadata__"]["flowprior"] = nested

    change_header(path, nest)
    with frugal(32 * MEBIBYTE):
        refused_early(path, "header")


def test_text_that_cannot_be_shown(path: Path) -> None:
    change_card(path, lambda card: card.update(description="\ud800"))
    refused_early(path, "header")


def test_unknown_and_absent_metadata_are_no_matter(path: Path) -> None:
    def change(card: dict[str, Any]) -> None:
        for name in asdict(INFO).keys() - {"checksum"}:
            del card[name]
        card["since"] = "a later release"

    change_card(path, change)
    info = FlowPrior.load(path).info
    assert info == PriorInfo(checksum=info.checksum)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hidden", 10**9),
        ("hidden", 10**300),
        ("hidden", 4.0),
        ("hidden", {"a": "b" * 10_000}),
        ("levels", 10**6),
        ("levels", 0),
        ("levels", -1),
        ("levels", True),
        ("levels", None),
        ("channels", 10**9),
        ("channels", "3"),
        ("score_widths", "64"),
        ("score_widths", [10**9]),
        ("score_widths", [512] * 10_000),
        ("score_widths", [[64]]),
        ("score_widths", [True]),
        ("score_widths", {"64": 64}),
        ("score_widths", None),
        ("score_blocks", 10**9),
        ("channels", [1]),
        ("steps", 10**9),
        ("blocks", 10**9),
        ("blocks", False),
        ("embedding", 10**9),
        ("context_layers", 10**9),
        ("scale_bound", float("nan")),
        ("scale_bound", float("inf")),
        ("scale_bound", "2"),
        ("scale_bound", True),
        ("scale_bound", 0),
        ("context_dropout", float("nan")),
        ("context_dropout", None),
        ("context_dropout", 1),
        ("activation", "__class__"),
        ("activation", ["relu"]),
        ("base", None),
        ("base", "b" * 10_000),
        ("noise_conditional", "false"),
        ("noise_conditional", 1),
        ("noise_conditional", None),
        ("unknown", 1),
        ("u" * 10_000, 1),
    ],
    ids=lambda value: str(value)[:20],
)
def test_hostile_flow(path: Path, name: str, value: object) -> None:
    change_card(path, lambda card: card["flow"].update({name: value}))
    with frugal():
        refused_early(path, "no valid prior", name[:20])


@pytest.mark.parametrize("flow", [None, 1, "abc", [], ["channels"], True])
def test_flow_that_is_no_mapping(path: Path, flow: object) -> None:
    change_card(path, lambda card: card.update(flow=flow))
    refused_early(path, "flow is")


def test_missing_flow(path: Path) -> None:
    change_card(path, lambda card: card.pop("flow"))
    refused_early(path, "flow is None")


@pytest.mark.parametrize(
    "flow",
    [
        {"channels": 16, "levels": 6, "hidden": 1024, "embedding": 1024},
        {"levels": 6, "steps": 64},
        {"steps": 64, "blocks": 16},
        {"levels": 2, "steps": 64, "blocks": 3},
        {"context_layers": 16, "levels": 6, "steps": 21},
        {"noise_conditional": True, "embedding": 1024},
    ],
)
def test_large_flow_of_a_small_file(path: Path, flow: dict[str, int]) -> None:
    change_card(path, lambda card: card["flow"].update(flow))
    with frugal():
        refused_early(path)


def test_missing_tensor(path: Path) -> None:
    change_header(path, lambda header: header.pop(TENSOR))
    refused_early(path, TENSOR, "missing")


def test_unknown_tensor(path: Path) -> None:
    name = "\x1b[2Jextra"
    change_header(path, lambda header: header.update({name: header[TENSOR]}))
    assert "\x1b" not in refused(path, "extra", "unknown")


def test_no_tensors(path: Path) -> None:
    header, _ = taken_apart(path)
    bare = {"__metadata__": header["__metadata__"]}
    put_together(path, json.dumps(bare).encode(), b"")
    refused_early(path, "too few")


@pytest.mark.parametrize(
    "shape",
    [
        [4, 1, 1, 1],
        [1, 4],
        [4],
        [],
        [1, 4, 1],
        [1, 4, 1, -1],
        [1, 4.0, 1, 1],
        [True, 4, True, True],
        ["1", "4", "1", "1"],
        [1, 10**12, 1, 1],
        [10**300, 10**300, 1, 1],
        [[1], 4, 1, 1],
        [None, 4, 1, 1],
        [1] * 10_000,
    ],
    ids=lambda shape: str(shape)[:30],
)
def test_wrong_shape(path: Path, shape: list[Any]) -> None:
    change_header(path, lambda header: header[TENSOR].update(shape=shape))
    with frugal():
        refused_early(path, TENSOR, "of shape")


@pytest.mark.parametrize("dtype", ["F64", "I32", "BF16", "f32", "", None, 4, ["F32"]])
def test_wrong_dtype(path: Path, dtype: object) -> None:
    change_header(path, lambda header: header[TENSOR].update(dtype=dtype))
    refused_early(path, TENSOR, "use one of F16, F32")


@pytest.mark.parametrize("key", ["dtype", "shape", "data_offsets"])
def test_incomplete_tensor(path: Path, key: str) -> None:
    change_header(path, lambda header: header[TENSOR].pop(key))
    refused_early(path)


@pytest.mark.parametrize(
    "offsets",
    [
        None,
        16,
        "ab",
        [],
        [0],
        [0, 16, 32],
        ["0", "16"],
        [0.0, 16.0],
        [None, None],
        [False, 16],
        [[0], [16]],
        {"0": 0, "1": 16},
        [-16, 0],
        [16, 0],
        [0, 0],
        [0, 17],
        [0, 10**300],
        [2**64 - 16, 2**64],
        [10**300, 10**300 + 16],
    ],
    ids=lambda offsets: str(offsets)[:30],
)
def test_wrong_offsets(path: Path, offsets: object) -> None:
    header, _ = taken_apart(path)
    assert header[TENSOR]["shape"] == [1, 4, 1, 1]
    change_header(path, lambda header: header[TENSOR].update(data_offsets=offsets))
    with frugal():
        refused_early(path)


def by_place(header: dict[str, Any]) -> list[dict[str, Any]]:
    tensors = [entry for name, entry in header.items() if name != "__metadata__"]
    return sorted(tensors, key=lambda entry: entry["data_offsets"])


def test_overlapping_tensors(path: Path) -> None:
    def overlap(header: dict[str, Any]) -> None:
        for before, after in pairwise(by_place(header)):
            if before["shape"] == after["shape"]:
                after["data_offsets"] = before["data_offsets"]
                return
        raise AssertionError("no neighbours of one size")

    change_header(path, overlap)
    refused_early(path, "overlap")


@pytest.mark.parametrize("shift", [4, 2**40, -4])
def test_shifted_tensors(path: Path, shift: int) -> None:
    def move(header: dict[str, Any]) -> None:
        for entry in by_place(header):
            entry["data_offsets"] = [place + shift for place in entry["data_offsets"]]

    change_header(path, move)
    with frugal():
        refused_early(path, "leave gaps")


def test_order_of_tensors_is_no_matter(path: Path) -> None:
    expected = FlowPrior.load(path).flow.state_dict()
    header, body = taken_apart(path)
    put_together(path, json.dumps(dict(reversed(header.items()))).encode(), body)
    state = FlowPrior.load(path).flow.state_dict()
    assert all(torch.equal(state[name], expected[name]) for name in expected)


def test_tensor_named_twice(path: Path) -> None:
    header, body = taken_apart(path)
    entry = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
    text = f'{{"{TENSOR}": {json.dumps(entry)}, {json.dumps(header)[1:]}'
    put_together(path, text.encode(), body)
    assert FlowPrior.load(path).name == "small"


def test_large_tensors_that_are_not_there(path: Path) -> None:
    made(hidden=64, blocks=2).save(path, overwrite=True)
    header, _ = taken_apart(path)
    put_together(path, json.dumps(header).encode(), b"")
    with frugal():
        refused_early(path, "truncated")
