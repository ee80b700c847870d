"""Prior files: round trips, and every damaged or hostile file refused in a sentence."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import pickle
import re
import time
import tracemalloc
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from skimage import data

from napari_flowprior import FlowPrior
from napari_flowprior._errors import InputError, PriorFileError
from napari_flowprior._priorfile import FORMAT_VERSION, read_header
from napari_flowprior.flow import FlowConfig, MultiscaleFlow
from napari_flowprior.prior import PriorInfo, prior_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SMALL = FlowConfig(channels=1, levels=1, steps=1, hidden=4, blocks=1, embedding=4)
INFO = PriorInfo(
    name="small",
    description="Tests",
    sigma_max=0.25,
    training={"steps": 3, "losses": [1.5, 0.5]},
    licence="BSD-3-Clause",
    sources=("a", "b"),
)
TENSOR = "levels.0.steps.1.shift"
LICENCE = re.compile(r"licence|CC0|CC[- ]BY|public domain|GPL|MIT$", re.IGNORECASE)
SECONDS = 2.0
MEBIBYTE = 2**20


def made(*, info: PriorInfo = INFO, seed: int = 0, **changes: Any) -> FlowPrior:
    """A prior whose parameters are all random, so that every one of them matters."""
    torch.manual_seed(seed)
    flow = MultiscaleFlow(replace(SMALL, **changes))
    with torch.no_grad():
        for parameter in flow.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return FlowPrior(flow, info)


@pytest.fixture(scope="session")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    file = tmp_path_factory.mktemp("priors") / "small.safetensors"
    made().save(file)
    # torch imports much of itself when a flow is first built without memory.
    FlowPrior.load(file)
    return file.read_bytes()


@pytest.fixture
def path(tmp_path: Path, content: bytes) -> Path:
    file = tmp_path / "small.safetensors"
    file.write_bytes(content)
    return file


def taken_apart(path: Path) -> tuple[dict[str, Any], bytes]:
    content = path.read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    return json.loads(content[8:start]), content[start:]


def put_together(path: Path, header: bytes, body: bytes) -> None:
    path.write_bytes(len(header).to_bytes(8, "little") + header + body)


def change_header(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    header, body = taken_apart(path)
    change(header)
    put_together(path, json.dumps(header).encode(), body)


def change_card(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    def inside(header: dict[str, Any]) -> None:
        card = json.loads(header["__metadata__"]["flowprior"])
        change(card)
        header["__metadata__"]["flowprior"] = json.dumps(card)

    change_header(path, inside)


def change_body(path: Path, body: bytes) -> None:
    """Replace the tensors, with the checksum that belongs to them."""
    header, _ = taken_apart(path)
    put_together(path, json.dumps(header).encode(), body)
    checksum = hashlib.sha256(body).hexdigest()
    change_card(path, lambda card: card.update(checksum=checksum))


def refused(path: Path, *words: str) -> str:
    """Load a file that is refused; return the sentence, which names the file."""
    with pytest.raises(PriorFileError) as caught:
        FlowPrior.load(path)
    message = str(caught.value)
    assert str(path) in message
    assert message.endswith(".")
    assert len(message) < len(str(path)) + 400
    for word in words:
        assert word in message
    return message


def refused_early(path: Path, *words: str) -> None:
    """Check that a file is refused from its header."""
    refused(path, *words)
    with pytest.raises(PriorFileError):
        read_header(path)


@contextmanager
def frugal(limit: int = 4 * MEBIBYTE) -> Iterator[None]:
    """Fail if a block takes much time or memory, or builds a flow in earnest."""
    tracemalloc.start()
    start = time.perf_counter()
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("napari_flowprior.prior.MultiscaleFlow", None)
            yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert time.perf_counter() - start < SECONDS
    assert peak < limit


# Using priors


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("levels", [1, 2])
def test_round_trip_is_exact(tmp_path: Path, channels: int, levels: int) -> None:
    prior = made(channels=channels, levels=levels, noise_conditional=True)
    prior.save(tmp_path / "a.safetensors")
    loaded = FlowPrior.load(tmp_path / "a.safetensors")
    assert loaded.flow.config == prior.flow.config
    expected = prior.flow.state_dict()
    state = loaded.flow.state_dict()
    assert state.keys() == expected.keys()
    assert all(torch.equal(state[name], expected[name]) for name in state)
    assert all(tensor.dtype == torch.float32 for tensor in state.values())
    batch = torch.rand(2, channels, 8, 8)
    assert torch.allclose(
        loaded.log_prob(batch, 0.1), prior.log_prob(batch, 0.1), rtol=1e-5
    )


def test_round_trip_keeps_the_information(path: Path) -> None:
    info = FlowPrior.load(path).info
    _, body = taken_apart(path)
    assert info == replace(INFO, checksum=hashlib.sha256(body).hexdigest())
    assert FlowPrior.load(str(path)).name == "small"


def test_saving_again_gives_the_same_bytes(path: Path) -> None:
    again = path.with_name("again.safetensors")
    FlowPrior.load(path).save(again)
    assert again.read_bytes() == path.read_bytes()


def test_half_precision_is_close_and_smaller(tmp_path: Path) -> None:
    prior = made(hidden=32, blocks=2)
    full, half = tmp_path / "full.safetensors", tmp_path / "half.safetensors"
    prior.save(full)
    prior.save(half, half=True)
    assert half.stat().st_size < 0.7 * full.stat().st_size
    expected = prior.flow.state_dict()
    state = FlowPrior.load(half).flow.state_dict()
    for name, tensor in state.items():
        assert tensor.dtype == torch.float32
        assert torch.allclose(tensor, expected[name], rtol=2**-10, atol=1e-7)
        if tensor.numel() <= 4096:
            assert torch.equal(tensor, expected[name])


def test_other_programs_can_read_the_tensors(path: Path) -> None:
    state = FlowPrior.load(path).flow.state_dict()
    read = load_file(path)
    assert read.keys() == state.keys()
    assert all(torch.equal(read[name], state[name]) for name in state)


def test_double_precision_is_saved_as_single(tmp_path: Path) -> None:
    prior = made().to("cpu", torch.float64)
    assert prior.dtype == torch.float64
    prior.save(tmp_path / "a.safetensors")
    assert FlowPrior.load(tmp_path / "a.safetensors").dtype == torch.float32


def test_methods_agree_with_the_flow() -> None:
    prior = made(noise_conditional=True)
    batch = torch.rand(3, 1, 8, 6)
    sigma = torch.tensor([0.0, 0.1, 0.2])
    log_prob, score = prior.log_prob(batch, sigma), prior.score(batch, sigma)
    assert log_prob.shape == (3,)
    assert score.shape == batch.shape
    assert torch.equal(log_prob, prior.flow.log_prob(batch, sigma))
    assert torch.equal(score, prior.flow.score(batch, sigma))
    assert not log_prob.requires_grad
    assert not torch.allclose(log_prob, prior.log_prob(batch))


def test_score_is_the_gradient_of_the_log_density() -> None:
    prior = made(noise_conditional=True).to("cpu", torch.float64)
    batch = torch.rand(1, 1, 4, 4, dtype=torch.float64)
    step = 1e-6 * torch.randn(batch.shape, dtype=torch.float64)
    change = prior.log_prob(batch + step, 0.1) - prior.log_prob(batch - step, 0.1)
    expected = 2 * (prior.score(batch, 0.1) * step).sum()
    assert change.item() == pytest.approx(expected.item(), rel=1e-4)


def test_denoise_follows_the_score() -> None:
    prior = made(noise_conditional=True)
    batch = torch.rand(2, 1, 4, 4)
    expected = batch + 0.04 * prior.score(batch, 0.2)
    assert torch.allclose(prior.denoise(batch, 0.2), expected)
    assert torch.equal(prior.denoise(batch, 0.0), batch)


def test_denoise_follows_the_score_network(tmp_path: Path) -> None:
    prior = made(noise_conditional=True, score_widths=(4, 4))
    network = prior.flow.score_network
    assert network is not None
    torch.nn.init.normal_(network.tail.weight, std=0.1)
    batch = torch.rand(2, 1, 8, 8)
    expected = batch + 0.2 * network(batch, torch.full((2,), 0.2)).detach()
    assert torch.allclose(prior.denoise(batch, 0.2), expected, atol=1e-6)
    assert torch.equal(prior.denoise(batch, 0.0), batch)
    with pytest.raises(InputError, match="sigma is -1"):
        prior.denoise(batch, -1)
    with pytest.raises(InputError, match="float64"):
        prior.denoise(batch.double(), 0.2)
    prior.save(tmp_path / "network.safetensors")
    loaded = FlowPrior.load(tmp_path / "network.safetensors")
    assert loaded.has_score_network
    assert loaded.flow.config == prior.flow.config
    assert torch.equal(loaded.denoise(batch, 0.2), prior.denoise(batch, 0.2))


def test_properties() -> None:
    prior = made(channels=3, levels=2, noise_conditional=True)
    assert (prior.name, prior.channels, prior.stride) == ("small", 3, 4)
    assert prior.sigma_max == 0.25
    assert prior.device == torch.device("cpu")
    assert made().sigma_max == 0.0
    assert not prior.has_score_network
    assert not prior.flow.training
    assert not any(p.requires_grad for p in prior.flow.parameters())


@pytest.mark.parametrize("method", ["log_prob", "score", "denoise"])
def test_unconditioned_prior_refuses_sigma(method: str) -> None:
    prior = made()
    batch = torch.rand(1, 1, 4, 4)
    with pytest.raises(InputError, match=r"small is not conditioned .* sigma 0\.1"):
        getattr(prior, method)(batch, 0.1)
    assert getattr(prior, method)(batch, 0.0).isfinite().all()


@pytest.mark.parametrize("sigma", [-0.1, float("nan"), float("inf")])
def test_wrong_sigma_is_refused(sigma: float) -> None:
    with pytest.raises(InputError, match="sigma is"):
        made(noise_conditional=True).log_prob(torch.rand(1, 1, 4, 4), sigma)


@pytest.mark.parametrize("shape", [(1, 4, 4), (1, 2, 4, 4), (1, 1, 5, 4), (0, 1, 4, 4)])
def test_wrong_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="does not fit this flow"):
        made().log_prob(torch.rand(shape))


@pytest.mark.parametrize(
    ("batch", "words"),
    [
        (torch.rand(1, 1, 4, 4, dtype=torch.float64), "float64 on cpu"),
        (torch.rand(1, 1, 4, 4, dtype=torch.float16), "float16 on cpu"),
        (torch.empty(1, 1, 4, 4, device="meta"), "float32 on meta"),
        (torch.ones(1, 1, 4, 4, dtype=torch.uint8), "of type torch.uint8"),
        ([[0.5]], "of type list"),
    ],
)
@pytest.mark.parametrize("method", ["log_prob", "score"])
def test_wrong_type_or_device_is_refused(method: str, batch: Any, words: str) -> None:
    with pytest.raises(InputError) as caught:
        getattr(made(), method)(batch)
    assert words in str(caught.value)


def test_loading_leaves_the_random_state_alone(path: Path) -> None:
    torch.manual_seed(7)
    before = torch.random.get_rng_state()
    FlowPrior.load(path)
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize(
    ("name", "channels"), [("photo-gray", 1), ("photo-rgb", 3), ("microscopy", 1)]
)
def test_shipped_prior(name: str, channels: int) -> None:
    prior = FlowPrior.load(name)
    assert prior.name == name
    assert prior.channels == channels
    assert prior.sigma_max == 1
    assert prior.density_sigma_max == pytest.approx(60 / 255, rel=0.01)
    assert prior.flow.config.score_clipping
    assert prior.info.licence.startswith("BSD-3-Clause")
    assert prior.info.description
    assert prior.info.training
    assert prior.info.sources
    assert all(LICENCE.search(text) for text in prior.info.sources)
    batch = torch.full((1, channels, 16, 16), 0.5)
    noisy = batch + 0.1 * torch.randn(
        batch.shape, generator=torch.Generator().manual_seed(0)
    )
    restored = prior.denoise(noisy, 0.1)
    assert (restored - batch).square().mean() < 0.2 * (noisy - batch).square().mean()


@pytest.mark.parametrize("name", ["photo-gray", "photo-rgb", "microscopy"])
@pytest.mark.parametrize("level", [10 / 255, 25 / 255, 60 / 255])
def test_shipped_priors_are_steady(name: str, level: float) -> None:
    """Told of noise that is not there, they smooth the image and make nothing up."""
    prior = FlowPrior.load(name)
    colours = torch.from_numpy(data.astronaut()[20:148, 150:278].copy()) / 255
    image = colours.permute(2, 0, 1)[None, : prior.channels]
    ramp = torch.linspace(0, 1, 128).expand_as(image)
    for clean in (image, ramp, torch.full_like(image, 0.5)):
        answer = prior.denoise(clean, level)
        assert (answer - clean).square().mean().sqrt() < 0.6 * level
        assert answer.min() > clean.min() - 0.5
        assert answer.max() < clean.max() + 0.5


# Finding files


@pytest.mark.parametrize(
    "name", ["", ".", "no-such-prior", "~nobody-of-this-name/a", "a\0b", "a" * 5000]
)
def test_name_that_is_no_prior(name: str) -> None:
    with pytest.raises(PriorFileError) as caught:
        FlowPrior.load(name)
    assert str(caught.value).startswith(("There is no prior", ". is a folder"))


def test_missing_file(tmp_path: Path) -> None:
    missing = tmp_path / "missing.safetensors"
    assert "photo-gray" in refused(missing, "no prior")
    for name in (missing, tmp_path / "a\0b"):
        with pytest.raises(PriorFileError, match="There is no prior at"):
            read_header(name)


def test_folder(tmp_path: Path) -> None:
    refused_early(tmp_path, "is a folder")


def test_home_is_expanded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(path.parent))
    monkeypatch.setenv("USERPROFILE", str(path.parent))
    assert prior_path(f"~/{path.name}") == path


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
    monkeypatch.setattr("napari_flowprior._priorfile.read_header", lambda _: header)
    path.write_bytes(path.read_bytes()[:-4])
    refused(path, "damaged")


# Damaged and foreign files


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


def test_flipped_bytes_anywhere_are_no_other_error(path: Path) -> None:
    content = path.read_bytes()
    generator = torch.Generator().manual_seed(0)
    start = len(content) - len(taken_apart(path)[1])
    for place in torch.randint(start, (100,), generator=generator).tolist():
        changed = bytearray(content)
        changed[place] ^= 1 << place % 8
        path.write_bytes(changed)
        with suppress(PriorFileError):
            FlowPrior.load(path)


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


# Version and metadata


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


@pytest.mark.parametrize("checksum", ["", "0" * 64])
def test_wrong_checksum(path: Path, checksum: str) -> None:
    change_card(path, lambda card: card.update(checksum=checksum))
    refused(path, "checksum does not match")


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


# Flows


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


# Tensors


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


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite(path: Path, value: float) -> None:
    _, body = taken_apart(path)
    change_body(path, body[:-4] + torch.tensor(value).numpy().tobytes())
    refused(path, "not finite")


def test_large_tensors_that_are_not_there(path: Path) -> None:
    made(hidden=64, blocks=2).save(path, overwrite=True)
    header, _ = taken_apart(path)
    put_together(path, json.dumps(header).encode(), b"")
    with frugal():
        refused_early(path, "truncated")


def test_information_comes_from_the_header_alone(path: Path) -> None:
    made(hidden=256).save(path, overwrite=True)
    header, body = taken_apart(path)
    assert len(body) > 2 * MEBIBYTE
    put_together(path, json.dumps(header).encode(), bytes(len(body)))
    with frugal(MEBIBYTE):
        assert PriorInfo.from_card(read_header(path).card).name == "small"
    refused(path, "damaged")


# Saving


def test_overwriting_needs_the_flag(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(InputError, match="exists already") as caught:
        made(seed=1).save(path)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == before
    made(seed=1).save(path, overwrite=True)
    assert path.read_bytes() != before
    assert FlowPrior.load(path).name == "small"
    assert list(path.parent.iterdir()) == [path]


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


def test_saving_to_no_folder_or_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        made().save(tmp_path / "missing" / "a.safetensors")
    with pytest.raises(InputError, match="is a folder"):
        made().save(tmp_path)


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
