"""
Noise whose neighbours are alike
================================

Cameras mix the colours of neighbouring pixels, scanners and microscopes resample. Then
noise comes in grains rather than in pixels, and what assumes white noise hardly removes
it. The score networks were trained on such noise; only its strength has to be said, or
estimated.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.ndimage import gaussian_filter
from skimage import data
from skimage.metrics import peak_signal_noise_ratio as psnr

from napari_flowprior import restore
from napari_flowprior.restoration import CorrelatedNoise, Noise

rng = np.random.default_rng(0)
clean = data.camera()[70:198, 180:308]
grain = gaussian_filter(rng.normal(0, 1, clean.shape), 0.7)
noisy = clean + 15 * grain / grain.std()
damaged = np.clip(np.rint(noisy), 0, 255).astype(np.uint8)

# %%
# As white noise, of an estimated level, it would nearly stay as it is.
white = restore(damaged, degradation=Noise())
restored = restore(damaged, degradation=CorrelatedNoise())
print(f"as white noise: {psnr(clean, white):.2f} dB")

# %%
# The peak signal-to-noise ratio, before and after.
before, after = psnr(clean, damaged), psnr(clean, restored)
print(f"correlated_noise: {before:.2f} dB, {after:.2f} dB")

figure, axes = plt.subplots(1, 3, figsize=(9, 3.4), layout="constrained")
titles = "clean", f"grainy ({before:.1f} dB)", f"restored ({after:.1f} dB)"
for axis, title, image in zip(axes, titles, (clean, damaged, restored), strict=True):
    axis.imshow(image, cmap="gray", vmin=0, vmax=255)
    axis.set_title(title)
    axis.axis("off")
plt.show()
