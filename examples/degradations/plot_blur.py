"""
Blur: out of focus, moved, or a measured PSF
============================================

Deconvolution with a known point spread function. It may be measured (an array), the
width of a Gaussian, or the length and angle of a motion.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.ndimage import convolve
from skimage import data
from skimage.metrics import peak_signal_noise_ratio as psnr

from napari_flowprior import restore
from napari_flowprior.restoration import Blur, gaussian_psf

rng = np.random.default_rng(0)
clean = data.camera()[70:198, 180:308]
psf = gaussian_psf(1.6)
soft = convolve(clean.astype(float), psf, mode="reflect")
noisy = soft + rng.normal(0, 2, clean.shape)
damaged = np.clip(np.rint(noisy), 0, 255).astype(np.uint8)

# %%
# ``Blur(gaussian=1.6)`` says the same. The estimator is ``hqs``, plug-and-play
# half-quadratic splitting: the denoiser and the data take turns.
restored = restore(damaged, degradation=Blur(psf, sigma=2))

# %%
# The peak signal-to-noise ratio, before and after.
before, after = psnr(clean, damaged), psnr(clean, restored)
print(f"blur: {before:.2f} dB, {after:.2f} dB")

figure, axes = plt.subplots(1, 3, figsize=(9, 3.4), layout="constrained")
titles = "clean", f"blurred ({before:.1f} dB)", f"restored ({after:.1f} dB)"
for axis, title, image in zip(axes, titles, (clean, damaged, restored), strict=True):
    axis.imshow(image, cmap="gray", vmin=0, vmax=255)
    axis.set_title(title)
    axis.axis("off")
plt.show()
