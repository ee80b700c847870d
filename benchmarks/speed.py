"""Time our estimators against BM3D on one grey image, in one run.

Prints the median time of each and its ratio to ours; the image is scikit-image's
camera, cut to 256x256, with noise of sigma 25::

    python benchmarks/speed.py --threads 2
"""

from __future__ import annotations

import argparse
from functools import partial

import numpy as np
import torch
from _suite import Method, Picture, eight_bits, our_methods, peers
from _timing import times
from skimage import data

from napari_flowprior import FlowPrior

SIGMA = 25.0


def seconds(method: Method, noisy: Picture, repeats: int) -> float:
    return float(np.median(times(partial(method, noisy, SIGMA), repeats)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prior", default="photo-gray")
    parser.add_argument("--estimators", nargs="+", default=["mmse", "mmse, best"])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    clean = data.camera()[:256, 100:356]
    noise = np.random.default_rng(0).normal(0, SIGMA, clean.shape)
    noisy = eight_bits(clean + noise)
    prior = FlowPrior.load(options.prior)
    methods = {**our_methods(prior, options.estimators), **peers()}
    found = {n: seconds(m, noisy, options.repeats) for n, m in methods.items()}
    first = next(iter(found.values()))
    print("| method | seconds | ratio |\n|---|---|---|")
    for name, time in found.items():
        print(f"| {name} | {time:.3f} | {time / first:.2f} |")


if __name__ == "__main__":
    main()
