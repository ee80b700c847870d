"""
Noise that differs from pixel to pixel
======================================

Where the level of the noise is known for each pixel, pass a map of it. Averages of
differently many exposures have such noise, and mosaics.
"""

import matplotlib.pyplot as plt
import numpy as np
from skimage import data
from skimage.metrics import peak_signal_noise_ratio as psnr

from napari_flowprior import restore
from napari_flowprior.restoration import Noise

rng = np.random.default_rng(0)
clean = data.camera()[70:198, 180:308]
levels = np.broadcast_to(np.linspace(5, 40, clean.shape[1]), clean.shape)
damaged = np.clip(np.rint(clean + rng.normal(0, levels)), 0, 255).astype(np.uint8)

# %%
# The map has the shape of the image, and its units. On the command line it is a file,
# ``--noise-map levels.tif``; in napari, a layer.
restored = restore(damaged, degradation=Noise(map=levels))

# %%
# The peak signal-to-noise ratio, before and after.
before, after = psnr(clean, damaged), psnr(clean, restored)
print(f"noise_map: {before:.2f} dB, {after:.2f} dB")

figure, axes = plt.subplots(1, 3, figsize=(9, 3.4), layout="constrained")
titles = "clean", f"noisy ({before:.1f} dB)", f"restored ({after:.1f} dB)"
for axis, title, image in zip(axes, titles, (clean, damaged, restored), strict=True):
    axis.imshow(image, cmap="gray", vmin=0, vmax=255)
    axis.set_title(title)
    axis.axis("off")
plt.show()
