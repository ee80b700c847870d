"""Nothing opens a connection: neither imports nor a run, its prior included."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

BLOCKED = """
import sys

def refuse(event, args):
    if event.startswith(("socket.", "urllib.")):
        raise SystemExit(f"{event} {args}")

sys.addaudithook(refuse)
"""
RUN = """
import numpy as np
import napari_flowprior

for name in napari_flowprior.__all__:
    getattr(napari_flowprior, name)
image = np.random.default_rng(0).integers(0, 255, (48, 48), np.uint8)
np.save("a.npy", image)
assert napari_flowprior.restore(image, prior="photo-gray").shape == image.shape
from napari_flowprior.cli import main

assert main(["restore", "a.npy", "b.npy", "--prior", "microscopy"]) == 0
print("done")
"""
CONTROL = "import socket; socket.socket()"


def ran(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", BLOCKED + code]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False
    )


def test_imports_and_runs_open_no_socket(tmp_path: Path) -> None:
    done = ran(RUN, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("done\n")
    assert (tmp_path / "b.npy").is_file()


def test_sockets_are_noticed(tmp_path: Path) -> None:
    assert "socket.__new__" in ran(CONTROL, tmp_path).stderr
