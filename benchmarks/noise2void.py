"""Adapt a prior to a noisy stack, against Noise2Void in the same time, and BM3D.

The same stacks as in `adaptation.py`. Noise2Void is that of CAREamics with its own
settings (patches of 64x64, batches of 16), which learns from nothing on all planes of
the stack, and is stopped once it has used as many seconds of the processor. BM3D is
told the level, or works under the true curve of the camera. Prints PSNR (dB) and the
seconds that were used::

    pip install careamics bm3d
    python benchmarks/noise2void.py POLLEN.tif:4,10,16,22,28 --sigma 25 --seconds 240
    python benchmarks/noise2void.py POLLEN.tif:4,10,16,22,28 --photons 20
"""

from __future__ import annotations

import argparse
import logging
import tempfile
import time
import warnings
from typing import TYPE_CHECKING

import numpy as np
import torch
from _suite import centre, read_images
from adaptation import GAIN, OFFSET, READ_NOISE, noisy, psnr, stretched
from bm3d import bm3d
from careamics import CAREamist
from careamics.config import create_advanced_n2v_config
from lightning.pytorch import Callback

from napari_flowprior import FlowPrior, adapt, restore
from napari_flowprior.restoration import Noise, PoissonGaussian
from napari_flowprior.restoration.noise import Anscombe

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Planes = NDArray[np.float64]

SIDE, BATCH, EPOCHS = 64, 16, 1000


class Until(Callback):  # type: ignore[misc]
    """Stop once so many seconds of the processor are used."""

    def __init__(self, seconds: float) -> None:
        self.end, self.steps = time.process_time() + seconds, 0

    def on_train_batch_end(self, trainer: object, *_: object) -> None:
        self.steps += 1
        if time.process_time() > self.end:
            trainer.should_stop = True  # type: ignore[attr-defined]


def noise2void(shown: NDArray[np.float32], seconds: float) -> tuple[Planes, int]:
    """Train on the stack and predict it; return it with the steps that were made."""
    config = create_advanced_n2v_config(
        experiment_name="stack",
        data_type="array",
        axes="SYX",
        patch_size=[SIDE, SIDE],
        batch_size=BATCH,
        num_epochs=EPOCHS,
        num_workers=0,
        trainer_params={"accelerator": "cpu"},
        seed=1,
    )
    until = Until(seconds)
    with tempfile.TemporaryDirectory() as folder:
        model = CAREamist(
            config, work_dir=folder, callbacks=[until], enable_progress_bar=False
        )
        model.train(train_data=shown)
        found, _ = model.predict(shown, batch_size=1)
    return np.squeeze(np.asarray(found)).astype(float), until.steps


def bm3d_of(shown: NDArray[np.float32], options: argparse.Namespace) -> Planes:
    planes = shown.astype(float)
    if not options.photons:
        return np.stack([bm3d(plane, options.sigma) for plane in planes])
    camera = Anscombe(float(GAIN), float(OFFSET), GAIN * READ_NOISE)
    curved = [bm3d(camera.forward(plane), 1.0) for plane in planes]
    return np.stack([camera.inverse(plane) for plane in curved])


def ours(
    shown: NDArray[np.float32], options: argparse.Namespace
) -> tuple[Planes, Planes, int]:
    """Restore before and after an adaptation of so many steps."""
    known = Noise(sigma=options.sigma)
    if options.photons:
        known = PoissonGaussian(GAIN, OFFSET, GAIN * READ_NOISE)
    prior = FlowPrior.load(options.prior)
    said = {"degradation": known, "axes": "ZYX"}
    found = adapt(shown, prior=prior, steps=options.steps, **said)
    before, after = (
        restore(shown, prior=each, dtype=np.float32, **said)
        for each in (prior, found.prior)
    )
    return before, after, found.steps


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", nargs="+", help="files, folders, FILE.tif:PLANES")
    parser.add_argument("--sigma", type=float, default=25.0, help="of 255")
    parser.add_argument("--photons", type=float, help="at white, in place of --sigma")
    parser.add_argument("--prior", default="photo-gray")
    parser.add_argument("--steps", type=int, default=240, help="of the adaptation")
    parser.add_argument("--seconds", type=float, help="of Noise2Void; default: as ours")
    parser.add_argument("--crop", type=int, help="only the square in the middle")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    return parser.parse_args()


def main() -> None:
    options = parse()
    torch.set_num_threads(options.threads)
    warnings.filterwarnings("ignore")
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    images = read_images(options.images)
    clean = np.stack([stretched(centre(p, options.crop)) for p in images.values()])
    truth, shown = noisy(clean, options)
    begun = time.process_time()
    before, after, steps = ours(shown, options)
    seconds = time.process_time() - begun
    print("| method | PSNR | steps | seconds |\n|---|---|---|---|")
    print(f"| noisy | {psnr(shown.astype(float), truth):.2f} | | |")
    print(f"| BM3D | {psnr(bm3d_of(shown, options), truth):.2f} | | |")
    print(f"| the prior | {psnr(before, truth):.2f} | | |")
    figure = psnr(after, truth)
    print(f"| adapted | {figure:.2f} | {steps} | {seconds:.0f} |", flush=True)
    begun = time.process_time()
    found, steps = noise2void(shown, options.seconds or seconds)
    seconds = time.process_time() - begun
    print(f"| Noise2Void | {psnr(found, truth):.2f} | {steps} | {seconds:.0f} |")


if __name__ == "__main__":
    main()
