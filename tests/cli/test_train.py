"""``napari-flowprior train``: from files to a prior, stopped and resumed."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image
from recipes import TINY

from napari_flowprior import FlowPrior
from napari_flowprior.cli import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with photographs and a recipe for a tiny flow.

    Nobody looks for noise in images as small as these.
    """
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "photos"
    folder.mkdir()
    for seed in range(3):
        rough = np.random.default_rng(seed).integers(0, 256, (12, 15), dtype=np.uint8)
        Image.fromarray(rough.repeat(4, 0).repeat(4, 1)).save(folder / f"{seed}.png")
    (tmp_path / "tiny.toml").write_text(TINY)
    return tmp_path


COMMAND = ["train", "tiny.toml", "--data", "photos", "--out", "mine.safetensors"]
COMMAND += ["--device", "cpu"]


def figures(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [{k: v for k, v in row.items() if k != "seconds"} for row in rows]


def test_a_prior_from_files(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "photos" / "bad.png").write_bytes(b"\x89PNG broken")
    (place / "texts.txt").write_text("mine; CC0\n\n")
    more = ["--licence", "CC0", "--sources", "texts.txt", "--threads", "1"]
    assert main([*COMMAND, *more]) == 0
    said = capsys.readouterr().out
    assert "3 images (3 planes, grey, uint8" in said
    assert "skipped photos/bad.png" in said
    assert "8 steps of 4 patches" in said
    assert "step 4: held out" in said
    assert "mine.safetensors: written after 8 steps" in said
    info = FlowPrior.load("mine.safetensors").info
    assert (info.licence, info.sources) == ("CC0", ("mine; CC0",))
    assert len(figures(place / "mine.metrics.csv")) == 8
    restore = "restore photos/0.png out.png --prior mine.safetensors --sigma 20"
    assert main([*restore.split(), "--quiet", "--device", "cpu"]) == 0
    assert (place / "out.png").exists()


def test_noisy_images_are_refused(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    grey = 40 * np.sin(np.arange(128) / 9)[:, None] + np.linspace(60, 190, 128)
    noise = np.random.default_rng(0).normal(0, 25, grey.shape)
    (place / "noisy").mkdir()
    shown = np.clip(grey + noise, 0, 255).astype(np.uint8)
    Image.fromarray(shown).save(place / "noisy" / "a.png")
    command = [word if word != "photos" else "noisy" for word in COMMAND]
    assert main(command) == 1
    said = capsys.readouterr().err
    assert "The images are noisy: noise shows in 1 of 1 plane" in said
    assert "--images noisy to adapt a prior to them as they are, or --insist" in said
    assert not (place / "mine.safetensors").exists()
    assert main([*command, "--insist", "--steps", "1"]) == 0
    assert (place / "mine.safetensors").exists()


def test_a_training_that_made_nothing_better_says_so(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*COMMAND, "--steps", "30"]) == 0
    more = ["--start", "mine.safetensors", "--learning-rate", "1", "--steps", "1"]
    command = [
        word if word != "mine.safetensors" else "b.safetensors" for word in COMMAND
    ]
    assert main([*command, *more]) == 0
    assert "No step was better than the prior" in capsys.readouterr().out
    assert not (place / "b.safetensors").exists()


def test_existing_files_are_kept(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "mine.safetensors").write_bytes(b"precious")
    assert main(COMMAND) == 1
    assert "exists already" in capsys.readouterr().err
    assert (place / "mine.safetensors").read_bytes() == b"precious"
    assert main([*COMMAND, "--overwrite", "--quiet", "--steps", "1"]) == 0


def test_quiet(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*COMMAND, "--quiet", "--steps", "2"]) == 0
    assert capsys.readouterr() == ("", "")


def test_only_the_first_process_speaks(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANK", "1")
    assert main([*COMMAND, "--steps", "1"]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("more", "code", "sentence"),
    [
        (["--resume"], 1, "no mine.checkpoint.safetensors to resume"),
        (["--resume", "--overwrite"], 2, "exclude each other"),
        (["--threads", "0"], 2, "--threads is 0"),
        (["--sources", "nowhere.txt"], 2, "cannot be read"),
        (["--minutes", "-1"], 2, "--minutes is -1"),
        (["--data", "empty"], 1, "does not exist"),
        (["--colour", "rgb"], 1, "has no colours"),
        (["--axes", "YXS"], 1, "axes"),
        (["--batch-size", "0"], 2, "--batch-size is 0"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_mistakes_are_explained(
    place: Path,
    capsys: pytest.CaptureFixture[str],
    more: list[str],
    code: int,
    sentence: str,
) -> None:
    assert main([*COMMAND, *more]) == code
    said = capsys.readouterr().err
    assert sentence in said
    assert "Traceback" not in said
    assert not (place / "mine.safetensors").exists()


def test_unknown_recipes_are_explained(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["train", "fotos", "--out", "mine.safetensors"]
    assert main(command) == 1
    assert "no recipe 'fotos'" in capsys.readouterr().err


def test_help_names_the_recipes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["train", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert "mnist: MNIST digits, as in Table 1" in said


# Forks what is to be killed, so that torch is imported once.
FORKS = """
import os, signal, sys, torch
from napari_flowprior.cli import main
torch.set_num_threads(1)
# The first optimiser imports much.
torch.optim.Adam([torch.zeros(1, requires_grad=True)])
for line in sys.stdin:
    child = os.fork()
    if not child:
        # A process in the background of a shell starts with the signal ignored.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.stdout = open(os.devnull, "w")
        sys.exit(main(line.split()))
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def start(process: subprocess.Popen[str], *more: str) -> int:
    """Train in a child of the process; return its number."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(" ".join([*COMMAND, "--steps", "400", *more]) + "\n")
    process.stdin.flush()
    return int(process.stdout.readline())


def wait_for_rows(path: Path, number: int) -> None:
    for _ in range(3000):
        if path.exists() and len(path.read_text().splitlines()) > number:
            return
        time.sleep(0.02)
    raise AssertionError(f"{path} did not grow")


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_killed_and_interrupted_it_resumes_as_if_nothing_had_been(place: Path) -> None:
    """SIGKILL, then Ctrl-C, then the end: the figures of an undisturbed training."""
    metrics = place / "mine.metrics.csv"
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen([sys.executable, "-c", FORKS], text=True, **pipes) as process:
        child = start(process)
        wait_for_rows(metrics, 10)
        os.kill(child, signal.SIGKILL)
        assert process.stdout.readline() == f"{-signal.SIGKILL}\n"
        child = start(process, "--resume")
        wait_for_rows(metrics, 20)
        os.kill(child, signal.SIGINT)
        ended, errors = process.communicate(timeout=60)
        assert ended == "130\n"
        assert "--resume goes on" in errors
    done = len(figures(metrics))
    assert 20 <= done < 400
    resumed: Any = main([*COMMAND, "--resume", "--quiet", "--steps", str(done + 5)])
    assert resumed == 0
    resumed_figures = figures(metrics)
    os.rename(metrics, place / "first.csv")
    for path in place.glob("mine.*"):
        path.unlink()
    assert main([*COMMAND, "--quiet", "--steps", str(done + 5)]) == 0
    assert resumed_figures == figures(metrics)
