"""
Quantisation
============

Where an image was saved with few bits, smooth areas break into bands. Every value tells
the interval in which the true one lies.
"""

import matplotlib.pyplot as plt
import numpy as np
from skimage import data
from skimage.metrics import peak_signal_noise_ratio as psnr

from napari_flowprior import restore
from napari_flowprior.restoration import Quantized

clean = data.camera()[70:198, 180:308]
damaged = clean >> 5 << 5  # three of eight bits are left
print(f"{np.unique(damaged).size} grey levels")

# %%
# Bits that were cut off were rounded down; the number of bits is found from the pixels.
restored = restore(damaged, degradation=Quantized(rounding="down"))

# %%
# The peak signal-to-noise ratio, before and after.
before, after = psnr(clean, damaged), psnr(clean, restored)
print(f"quantisation: {before:.2f} dB, {after:.2f} dB")

figure, axes = plt.subplots(1, 3, figsize=(9, 3.4), layout="constrained")
titles = "clean", f"three bits ({before:.1f} dB)", f"restored ({after:.1f} dB)"
for axis, title, image in zip(axes, titles, (clean, damaged, restored), strict=True):
    axis.imshow(image, cmap="gray", vmin=0, vmax=255)
    axis.set_title(title)
    axis.axis("off")
plt.show()
