"""``napari-flowprior info``, run in process."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from napari_flowprior import FlowPrior
from napari_flowprior._resources import shipped_priors
from napari_flowprior.cli import main
from napari_flowprior.flow import FlowConfig
from napari_flowprior.priors import PriorInfo


def test_info_names_versions_devices_and_priors(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["info"]) == 0
    text = capsys.readouterr().out
    for word in ("napari-flowprior: 0", "torch: ", "cpu:", *shipped_priors()):
        assert word in text
    assert {"photo-gray", "photo-rgb", "microscopy"} <= set(shipped_priors())


def test_info_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert set(facts) == {"system", "python", "packages", "devices", "priors"}


def test_info_of_a_prior(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", "tiny.safetensors"]) == 0
    text = capsys.readouterr().out
    assert "name: tiny" in text
    assert "2 (list them with --sources)" in text
    assert main(["info", "tiny.safetensors", "--sources"]) == 0
    assert "- a\n" in capsys.readouterr().out


def test_a_prior_of_noisy_images_says_what_it_cannot(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["info", "tiny.safetensors"]) == 0
    assert "restriction" not in capsys.readouterr().out
    prior = FlowPrior.load(folder / "tiny.safetensors")
    info = replace(prior.info, sigma_min=10 / 255, sigma_max=1.0)
    FlowPrior(prior.flow, info).save(folder / "noisy.safetensors")
    assert main(["info", "noisy.safetensors"]) == 0
    said = "restriction: It was trained on noisy images alone, and knows no noise below"
    assert f"{said} a level of 10 of 255" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["photo-gray", "photo-rgb", "microscopy"])
def test_shipped_priors_name_their_data(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["info", name, "--sources", "--json"]) == 0
    card = json.loads(capsys.readouterr().out)
    assert card["name"] == name
    assert card["licence"]
    assert len(card["sources"]) > 100


def test_no_such_prior(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", "nothing"]) == 1
    assert "no prior 'nothing'" in capsys.readouterr().err


def test_texts_of_a_prior_pass_for_nothing_else(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    info = PriorInfo(
        name="a\nlicence: free",
        description="\x1b[2J",
        training={"loss": float("nan"), "note": "b\rc"},
        licence="none",
    )
    FlowPrior(FlowPrior.load("tiny.safetensors").flow, info).save("odd.safetensors")
    assert main(["info", "odd.safetensors"]) == 0
    text = capsys.readouterr().out
    assert not set(text) & {"\x1b", "\r"}
    lines = [line for line in text.splitlines() if line.startswith("licence")]
    assert lines == ["licence: none"]
    assert main(["info", "odd.safetensors", "--json"]) == 0
    card = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert card["training"]["loss"] == "NaN"


def test_facts_of_a_prior_are_counted(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["info", "tiny.safetensors", "--json"]) == 0
    card = json.loads(capsys.readouterr().out)
    prior = FlowPrior.load("tiny.safetensors")
    numbers = [parameter.numel() for parameter in prior.flow.parameters()]
    assert card["parameters"] == sum(numbers)
    assert card["bytes"] == Path("tiny.safetensors").stat().st_size
    assert card["channels"] == 1
    assert card["sigma_max"] == 0.25
    assert card["sources"] == 2
    assert card["checksum"] == prior.info.checksum
    assert FlowConfig.from_dict(card["architecture"]) == prior.flow.config
    assert card["multiply_adds_per_pixel"] > 0
    assert card["score_multiply_adds_per_pixel"] == 0


def test_a_damaged_shipped_prior_does_not_hide_the_rest(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("broken.safetensors").write_bytes(b"no prior")
    found = {name: Path(f"{name}.safetensors") for name in ("broken", "tiny")}
    monkeypatch.setattr("napari_flowprior.cli._info.shipped_priors", lambda: found)
    assert main(["info", "--json"]) == 0
    priors = json.loads(capsys.readouterr().out)["priors"]
    assert "no prior" in priors["broken"]["error"]
    assert priors["tiny"]["channels"] == 1


def test_every_graphics_card_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def memory(index: int) -> tuple[int, int]:
        if index == 1:
            raise RuntimeError("CUDA error: busy\nmore")
        return 2**30, 2**33

    cuda = "napari_flowprior.cli._info.torch.cuda"
    monkeypatch.setattr(f"{cuda}.is_available", lambda: True)
    monkeypatch.setattr(f"{cuda}.device_count", lambda: 2)
    monkeypatch.setattr(f"{cuda}.get_device_name", lambda index: f"Card {index}")
    monkeypatch.setattr(f"{cuda}.mem_get_info", memory)
    assert main(["info", "--json"]) == 0
    devices = json.loads(capsys.readouterr().out)["devices"]
    assert devices["cuda:0"] == {"name": "Card 0", "memory_gib": 8.0, "free_gib": 1.0}
    assert devices["cuda:1"] == {"name": "Card 1", "error": "CUDA error: busy"}
    assert devices["cpu"]["threads"] >= 1
