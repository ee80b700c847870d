"""
Nobody knows what happened
==========================

The blind case of the paper: whatever happened, only the strength of the error is known,
or estimated. The result differs from the image by as much as the image is wrong, which
is Morozov's discrepancy principle.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.ndimage import gaussian_filter
from skimage import data
from skimage.metrics import peak_signal_noise_ratio as psnr

from napari_flowprior import restore
from napari_flowprior.restoration import Blind

rng = np.random.default_rng(0)
clean = data.camera()[70:198, 180:308]
grain = gaussian_filter(rng.normal(0, 1, clean.shape), 0.5)
noisy = clean + 15 * grain / grain.std()
damaged = np.clip(np.rint(noisy), 0, 255).astype(np.uint8)

# %%
# The strength is the root mean square of the error, in the units of the image.
restored = restore(damaged, degradation=Blind(sigma=15))

# %%
# The peak signal-to-noise ratio, before and after.
before, after = psnr(clean, damaged), psnr(clean, restored)
print(f"blind: {before:.2f} dB, {after:.2f} dB")

figure, axes = plt.subplots(1, 3, figsize=(9, 3.4), layout="constrained")
titles = "clean", f"blind ({before:.1f} dB)", f"restored ({after:.1f} dB)"
for axis, title, image in zip(axes, titles, (clean, damaged, restored), strict=True):
    axis.imshow(image, cmap="gray", vmin=0, vmax=255)
    axis.set_title(title)
    axis.axis("off")
plt.show()
