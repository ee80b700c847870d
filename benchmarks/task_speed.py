"""Time every task on one 256x256 image, against BM3D on it in the same run.

The image is scikit-image's coffee, in grey and in colour, damaged as in `tasks.py`.
Prints the median processor time of each task, which is that of all threads, and its
ratio to that of BM3D in grey, as a Markdown table::

    python benchmarks/task_speed.py --threads 1 --repeats 3
"""

from __future__ import annotations

import argparse
import io
from functools import partial
from time import process_time
from typing import TYPE_CHECKING

import numpy as np
import torch
from _damage import BLURS, Damaged, blurred, compressed, holes, smaller, squares
from _suite import Picture, block_matching, eight_bits
from _timing import times
from PIL import Image
from skimage import data

from napari_flowprior import FlowPrior, restore
from napari_flowprior.restoration import JPEG, Noise

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SIGMA = 25.0


def noisy(clean: Picture) -> Damaged:
    noise = np.random.default_rng(0).normal(0, SIGMA, clean.shape)
    return Damaged(eight_bits(clean + noise), Noise(sigma=SIGMA))


def whole_colours(clean: Picture) -> Damaged:
    """Compress with colours at full resolution."""
    stream = io.BytesIO()
    Image.fromarray(clean).save(stream, "JPEG", quality=30, subsampling=0)
    return Damaged(np.asarray(Image.open(stream)), JPEG(quality=30))


GREY: Mapping[str, Callable[[Picture], Damaged]] = {
    "noise": noisy,
    "JPEG": compressed(30),
    "Gaussian blur": blurred(BLURS["Gaussian blur"]),
    "motion blur": blurred(BLURS["motion blur"]),
    "half size": smaller(2),
    "50 % holes": holes(0.5),
    "squares": squares,
}
COLOUR: Mapping[str, Callable[[Picture], Damaged]] = {
    "noise, colour": noisy,
    "JPEG 4:2:0, colour": compressed(30),
    "JPEG 4:4:4, colour": whole_colours,
}


def median(work: Callable[[], object], repeats: int) -> float:
    return float(np.median(times(work, repeats, process_time)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    colour = np.ascontiguousarray(data.coffee()[100:356, 200:456])
    grey = np.asarray(Image.fromarray(colour).convert("L"))
    seen = noisy(grey).picture
    peer = median(partial(block_matching, seen, SIGMA), options.repeats)
    print("| task | seconds | share of BM3D |\n|---|---|---|")
    print(f"| BM3D, noise | {peer:.2f} | 1.00 |")
    cases = ((grey, GREY, "photo-gray"), (colour, COLOUR, "photo-rgb"))
    for clean, tasks, name in cases:
        prior = FlowPrior.load(name)
        for task, damage in tasks.items():
            damaged = damage(clean)
            told = {"prior": prior, "degradation": damaged.degradation}
            work = partial(restore, damaged.picture, **told)
            took = median(work, options.repeats)
            print(f"| {task} | {took:.2f} | {took / peer:.3f} |", flush=True)


if __name__ == "__main__":
    main()
