"""
Restore an array
================

A photograph with noise is restored by a shipped prior, with one call.
"""

import matplotlib.pyplot as plt
import numpy as np
from skimage import data
from skimage.metrics import peak_signal_noise_ratio as psnr

from napari_flowprior import restore
from napari_flowprior.restoration import Noise

rng = np.random.default_rng(0)
clean = data.camera()[70:198, 180:308]
noisy = np.clip(clean + rng.normal(0, 25, clean.shape), 0, 255).astype(np.uint8)

# %%
# With nothing told, a look at the image finds what is wrong with it. Shape, type and
# units of the result are those of the image.
restored = restore(noisy)
assert restored.shape == noisy.shape
assert restored.dtype == noisy.dtype

# %%
# What is known can be said: the prior, the kind of damage, and which estimate to take.
# The noise level is given in the image's own units.
told = restore(noisy, prior="photo-gray", degradation=Noise(sigma=25), estimator="auto")
print(f"noisy {psnr(clean, noisy):.2f} dB, restored {psnr(clean, restored):.2f} dB")
print(f"with the level told {psnr(clean, told):.2f} dB")

figure, axes = plt.subplots(1, 3, figsize=(9, 3.4), layout="constrained")
titles = "clean", "noisy", "restored"
for axis, title, image in zip(axes, titles, (clean, noisy, restored), strict=True):
    axis.imshow(image, cmap="gray", vmin=0, vmax=255)
    axis.set_title(title)
    axis.axis("off")
plt.show()
