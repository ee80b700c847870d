"""
Several degradations, one after the other
=========================================

A photograph was out of focus, the camera added noise, and the file was compressed.
`Compose` takes what happened in this order.
"""

from io import BytesIO

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter
from skimage import data
from skimage.metrics import peak_signal_noise_ratio as psnr

from napari_flowprior import restore
from napari_flowprior.restoration import JPEG, Blur, Compose, Noise

rng = np.random.default_rng(0)
clean = data.camera()[70:198, 180:308]
soft = gaussian_filter(clean.astype(float), 1.0)
noisy = np.clip(np.rint(soft + rng.normal(0, 5, clean.shape)), 0, 255).astype(np.uint8)
file = BytesIO()
Image.fromarray(noisy).save(file, "JPEG", quality=50)
damaged = np.asarray(Image.open(file))

# %%
# On the command line: ``--degradation blur,noise,jpeg --gaussian 1 --sigma 5``.
parts = Blur(gaussian=1.0), Noise(sigma=5), JPEG()
restored = restore(damaged, degradation=Compose(*parts))

# %%
# The peak signal-to-noise ratio, before and after.
before, after = psnr(clean, damaged), psnr(clean, restored)
print(f"several: {before:.2f} dB, {after:.2f} dB")

figure, axes = plt.subplots(1, 3, figsize=(9, 3.4), layout="constrained")
titles = "clean", f"blur, noise, JPEG ({before:.1f} dB)", f"restored ({after:.1f} dB)"
for axis, title, image in zip(axes, titles, (clean, damaged, restored), strict=True):
    axis.imshow(image, cmap="gray", vmin=0, vmax=255)
    axis.set_title(title)
    axis.axis("off")
plt.show()
