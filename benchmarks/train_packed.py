"""Train score networks on another machine in one call, and bring weights and log back.

``pack`` puts the photographs and micrographs of one colour, as `train_score.py` takes
them, into one file to be carried to a machine with a graphics card. ``train`` unpacks
it there, trains for so many minutes, and leaves in a folder what is to be carried back:
the prior, its checkpoint and figures, and a log::

    python benchmarks/train_packed.py pack PHOTOS MICROGRAPHS data.zip --colour grey
    python benchmarks/train_packed.py train data.zip OUT --colour grey --minutes 8 \\
        --batch-size 64 --device cuda

Called again with ``--resume``, it goes on from the checkpoint in OUT.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PHOTOS = ("train", "val", "LICENCES.tsv")
MICROGRAPHS = {
    "grey": ("train", "val", "SOURCES.txt"),
    "rgb": ("colour", "SOURCES.txt"),
}


def files(folder: Path, wanted: tuple[str, ...]) -> Iterator[Path]:
    """Yield the files of a folder that a training reads."""
    for name in wanted:
        place = folder / name
        if not place.exists():
            raise SystemExit(f"{folder} has no {name}, which the training reads.")
        found = [place] if place.is_file() else sorted(place.rglob("*"))
        yield from (path for path in found if path.is_file())


def pack(options: argparse.Namespace) -> None:
    """Write one file of all that is read."""
    places = {"photos": (options.photos, PHOTOS)}
    places["micrographs"] = (options.micrographs, MICROGRAPHS[options.colour])
    unfinished = options.packed.with_suffix(".unfinished")
    # Images are compressed already.
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_STORED) as archive:
        for name, (folder, wanted) in places.items():
            for path in files(folder, wanted):
                archive.write(path, f"{name}/{path.relative_to(folder)}")
    os.replace(unfinished, options.packed)
    print(f"{options.packed}: {options.packed.stat().st_size / 2**20:.1f} MiB")


def train(options: argparse.Namespace, rest: list[str]) -> int:
    """Unpack, train, and keep what is printed."""
    options.out.mkdir(parents=True, exist_ok=True)
    script = Path(__file__).with_name("train_score.py")
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(options.packed) as archive:
            archive.extractall(folder)
        places = [f"{folder}/photos", f"{folder}/micrographs"]
        prior = options.out / f"{options.colour}.safetensors"
        command = [sys.executable, str(script), *places, str(prior)]
        command += ["--colour", options.colour, *rest]
        with (options.out / f"{options.colour}.log").open("a") as log:
            run = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            )
            assert run.stdout is not None
            for line in run.stdout:
                print(line, end="", flush=True)
                print(line, end="", file=log, flush=True)
            return run.wait()


def parse() -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    actions = parser.add_subparsers(dest="action", required=True)
    packing = actions.add_parser("pack", help="here")
    packing.add_argument("photos", type=Path)
    packing.add_argument("micrographs", type=Path)
    packing.add_argument("packed", type=Path)
    training = actions.add_parser(
        "train", help="there; all other options are those of train_score.py"
    )
    training.add_argument("packed", type=Path)
    training.add_argument("out", type=Path, help="folder")
    for each in (packing, training):
        each.add_argument("--colour", choices=("grey", "rgb"), default="grey")
    return parser.parse_known_args()


def main() -> None:
    options, rest = parse()
    if options.action == "train":
        raise SystemExit(train(options, rest))
    if rest:
        raise SystemExit(f"pack knows no {rest[0]}.")
    pack(options)


if __name__ == "__main__":
    main()
