"""Draw the pictures of the tutorial of a noisy stack, which nobody has clean.

Needs some minutes, and planes such as those of the test data of cellfinder (BSD-3)::

    python docs/scripts/make_noisy_stack.py lightsheet_brain_ch000*.tif
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import torch

from napari_flowprior import adapt, diagnose, posterior, restore
from napari_flowprior.data import read_image
from napari_flowprior.restoration import PoissonGaussian

if TYPE_CHECKING:
    from numpy.typing import NDArray

PICTURES = Path(__file__).parents[1] / "pictures"
SIDE, DPI = 160, 100


def middle(plane: NDArray[np.generic], shift: tuple[int, int]) -> NDArray[np.generic]:
    """Cut out a detail so far from the middle."""
    top, left = (
        (n - SIDE) // 2 + move for n, move in zip(plane.shape, shift, strict=True)
    )
    return plane[top : top + SIDE, left : left + SIDE]


def draw(panels: dict[str, NDArray[np.generic]], width: NDArray[np.float32]) -> None:
    """Draw details in one stretch of contrast, and the width of intervals beside."""
    low, high = np.percentile(panels["as it is"], (0.5, 99.7))
    figure, axes = plt.subplots(
        1, len(panels) + 1, figsize=(3 * (len(panels) + 1), 3.2), layout="constrained"
    )
    for axis, (title, image) in zip(axes, panels.items(), strict=False):
        axis.imshow(image, cmap="gray", vmin=low, vmax=high)
        axis.set_title(title, fontsize=10)
    shown = axes[-1].imshow(width, cmap="magma", vmin=0)
    axes[-1].set_title("half width of 90 % intervals", fontsize=10)
    figure.colorbar(shown, ax=axes[-1], shrink=0.8)
    for axis in axes:
        axis.axis("off")
    figure.savefig(PICTURES / "noisy_stack.png", dpi=DPI)


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("planes", nargs="+", type=Path)
    parser.add_argument("--steps", type=int, default=150, help="of the adaptation")
    parser.add_argument("--shift", type=int, nargs=2, default=(0, 0), help="of details")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    return parser.parse_args()


def main() -> None:
    """Look at the planes, adapt a prior to them, restore one, and draw."""
    options = parse()
    torch.set_num_threads(options.threads)
    mpl.use("agg")
    stack = np.stack([np.asarray(read_image(path).array) for path in options.planes])
    diagnosis = diagnose(stack, axes="ZYX")
    for sentence in diagnosis.sentences:
        print(sentence)
    figure = diagnosis.plot()
    figure.savefig(PICTURES / "noisy_stack_diagnosis.png", dpi=DPI)
    adapted = adapt(stack, prior="photo-gray", axes="ZYX", steps=options.steps)
    print(adapted.sentence)
    plane = stack[len(stack) // 2]
    detail = middle(plane, options.shift)
    found = diagnosis.findings[0]
    camera = None
    if found.gain is not None:
        camera = PoissonGaussian(found.gain, found.offset, found.read_noise)
    panels = {"as it is": detail}
    priors = {"restored": "photo-gray"}
    if adapted.improved:
        priors["restored, adapted"] = adapted.prior
    for title, prior in priors.items():
        image = restore(plane, prior=prior, degradation=camera)
        panels[title] = middle(image, options.shift)
    sampled = posterior(detail, prior=adapted.prior, degradation=camera)
    draw(panels, sampled.margin(0.9))


if __name__ == "__main__":
    main()
