"""Restore arrays from Python: noise, holes, a stack; with and without progress."""

from __future__ import annotations

import numpy as np
from skimage import data

from napari_flowprior import FlowPrior, RestoreOptions, iter_restore, restore
from napari_flowprior.restoration import Inpaint, Noise

rng = np.random.default_rng(0)
clean = data.camera()[100:164, 180:244]
noisy = np.clip(clean + rng.normal(0, 25, clean.shape), 0, 255).astype(np.uint8)

# The noise level is given in the image's own units; without it, it is estimated.
out = restore(noisy, prior="photo-gray", degradation=Noise(sigma=25), estimator="auto")
assert out.shape == noisy.shape
assert out.dtype == noisy.dtype

# Pixels that the mask marks are filled in, all others stay as they are.
mask = np.zeros(clean.shape, dtype=bool)
mask[30:34, 10:50] = True
filled = restore(clean, degradation=Inpaint(mask=mask))
assert (filled[~mask] == clean[~mask]).all()

# A stack, with its axes named; every plane is restored. Any real dtype will do.
stack = np.stack([noisy, noisy[::-1]]).astype(np.uint16) * 16
restored_stack = restore(stack, axes="ZYX", degradation=Noise(sigma=25 * 16))

# A run tells how far it is, and has the image together with its provenance.
run = iter_restore(noisy, RestoreOptions(degradation=Noise(sigma=25)))
for event in run:
    print(f"{event.fraction:4.0%} {event.message}")
print(run.result.provenance)

# The prior itself: density and score of images in [0, 1], shape (B, C, H, W).
prior = FlowPrior.load("photo-gray")
print(f"{prior.name} knows noise up to {255 * prior.sigma_max:.0f} of 255")
