"""What the program costs to start, how it ends, and how it speaks."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from napari_flowprior import __version__
from napari_flowprior.cli import main
from napari_flowprior.cli._report import printable, report

if TYPE_CHECKING:
    from collections.abc import Callable

RUN = [sys.executable, "-c", "import sys; from napari_flowprior.cli import main; "]
RUN[-1] += "sys.exit(main())"


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_starting_is_cheap(option: str) -> None:
    code = (
        "import sys; from napari_flowprior.cli import main\n"
        f"try: main([{option!r}])\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'numpy', 'skimage', 'napari', 'qtpy'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


GUI = [
    *("magicgui", "napari", "psygnal", "pyqtgraph", "PyQt6", "PySide6", "qtpy"),
    *("superqt", "vispy"),
]
COMPUTING = [
    "adaptation",
    "batch",
    "calibration",
    "cli",
    "data",
    "flow",
    "priors",
    "restoration",
    "tiling",
    "training",
]


def test_computing_needs_neither_napari_nor_qt(folder: Path) -> None:
    code = (
        "import importlib, sys\n"
        f"sys.modules.update(dict.fromkeys({GUI!r}))\n"
        f"for name in {COMPUTING!r}:\n"
        "    importlib.import_module(f'napari_flowprior.{name}')\n"
        "from napari_flowprior import FlowPrior, iter_restore, restore\n"
        "from napari_flowprior.cli import main\n"
        "command = 'restore in.png out.png --prior tiny.safetensors --device cpu'\n"
        "sys.exit(main(command.split()) or main(['info']))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    assert Path("out.png").exists()


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"{__version__}\n"


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["mend"],
        ["restore", "in.png"],
        ["restore", "in.png", "out.png", "--steps", "many"],
        ["restore", "in.png", "out.png", "--degradation", "rust"],
        ["restore", "in.png", "out.png", "--over"],
    ],
)
def test_wrong_usage_exits_with_2(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(command)
    assert "error:" in capsys.readouterr().err


def failing(error: BaseException) -> Callable[..., Any]:
    def fail(*args: object, **options: object) -> None:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ZeroDivisionError("by zero"), "ZeroDivisionError: by zero (this is a bug"),
        (MemoryError("40 GiB"), "There is not enough memory (40 GiB)"),
        (PermissionError(13, "Permission denied", "a"), "a: Permission denied."),
        (OSError(28, "No space left on device"), "No space left on device."),
        (ValueError("two\nlines"), r"two\nlines"),
    ],
)
def test_errors_are_one_line(
    error: Exception,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("napari_flowprior.cli._info._system", failing(error))
    assert main(["info"]) == 1
    text = capsys.readouterr().err
    assert text.startswith("napari-flowprior: ")
    assert words in text
    assert text.count("\n") == 1


@pytest.mark.parametrize("by_variable", [True, False])
def test_debugging_shows_where(
    by_variable: bool,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if by_variable:
        monkeypatch.setenv("NAPARI_FLOWPRIOR_DEBUG", "1")
    more = [] if by_variable else ["--debug"]
    assert main(["info", "nothing", *more]) == 1
    assert "Traceback" in capsys.readouterr().err
    Path("bad.png").touch()
    command = ["restore", "bad.png", "out.png", "--prior", "tiny.safetensors"]
    assert main([*command, *more]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_interruption_while_torch_is_imported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    interrupt = failing(KeyboardInterrupt())
    monkeypatch.setattr("napari_flowprior.cli._main._fill", interrupt)
    assert main(["restore"]) == 130
    assert capsys.readouterr().err == "interrupted\n"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for a child alone")
def test_interruption_from_outside(folder: Path) -> None:
    before = sorted(folder.iterdir())
    slow = ["--estimator", "latent-map", "--steps", "100000", "--quiet"]
    options = ["--prior", "tiny.safetensors", "--device", "cpu", *slow]
    code = RUN[-1].replace(
        "sys.exit", "import napari_flowprior.restoration; print('ready'); sys.exit"
    )
    # A process in the background of a shell starts with the signal ignored.
    listen = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    command = [sys.executable, "-uc", listen + code]
    command += ["restore", "in.png", "out.png", *options]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        try:
            _, errors = process.communicate(timeout=60)
        finally:
            process.kill()
    assert (process.returncode, errors) == (130, "interrupted\n")
    assert sorted(folder.iterdir()) == before


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX pipes")
def test_closed_pipe_is_no_error(folder: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    command = [*RUN, "info", "tiny.safetensors"]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (1, b"")


def test_warnings_are_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def warn() -> dict[str, Any]:
        warnings.warn("Beware.", UserWarning, stacklevel=1)
        return {}

    before = warnings.showwarning
    monkeypatch.setattr("napari_flowprior.cli._info._system", warn)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        assert main(["info"]) == 0
    assert capsys.readouterr().err == "napari-flowprior: Beware.\n"
    assert warnings.showwarning is before


def test_lines_cannot_command_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    monkeypatch.setattr(sys, "stdout", stream)
    assert printable("µm \x1b[2J\nb\udcff") == r"µm \x1b[2J\nb\udcff"
    stream.reconfigure(encoding="ascii")
    assert printable("µm") == r"\xb5m"


def test_files_are_named_once(capsys: pytest.CaptureFixture[str]) -> None:
    report(ValueError("bad"), "a.png")
    report(FileNotFoundError(2, "No such file", "a.png"), "a.png")
    lines = capsys.readouterr().err.splitlines()
    assert [line.count("a.png") for line in lines] == [1, 1]
