"""Fit the mixture of Gaussians that EPLL needs, on the photographs of our priors.

With deepinv's own expectation maximisation: 200 components on grey patches of 6x6
pixels, as many and as large as in its published weights::

    python benchmarks/epll_mixture.py PHOTOS/train mixture.pt
    python benchmarks/denoise.py SET12 --epll mixture.pt
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from deepinv.optim import EPLL
from PIL import Image
from torch.utils.data import DataLoader

SIDE = 6
PATCHES = 200_000


def patches(folder: Path) -> torch.Tensor:
    """Draw patches (n, 36) evenly from all photographs."""
    rng = np.random.default_rng(0)
    paths = sorted(folder.glob("*.jp*g"))
    drawn = []
    for path in paths:
        image = np.asarray(Image.open(path).convert("L")) / 255
        windows = np.lib.stride_tricks.sliding_window_view(image, (SIDE, SIDE))
        count = PATCHES // len(paths)
        ys, xs = (rng.integers(side, size=count) for side in windows.shape[:2])
        drawn.append(windows[ys, xs].reshape(count, -1))
    return torch.from_numpy(rng.permutation(np.concatenate(drawn))).float()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--iterations", type=int, default=30)
    options = parser.parse_args()
    torch.manual_seed(0)
    model = EPLL(pretrained=None, patch_size=SIDE, channels=1)
    loader = DataLoader(patches(options.photos), batch_size=10_000)
    model.GMM.fit(loader, max_iters=options.iterations, verbose=True)
    torch.save(model.state_dict(), options.out)


if __name__ == "__main__":
    main()
