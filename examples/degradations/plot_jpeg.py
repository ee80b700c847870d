"""
JPEG artefacts
==============

JPEG rounds what an image has of each frequency to a coarse grid, block by block. The
quantisation tables say within which bounds the true values lie; the result stays within
them, so that it would compress to the same file.
"""

from io import BytesIO

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image
from skimage import data
from skimage.metrics import peak_signal_noise_ratio as psnr

from napari_flowprior import restore
from napari_flowprior.restoration import JPEG

clean = data.camera()[70:198, 180:308]
file = BytesIO()
Image.fromarray(clean).save(file, "JPEG", quality=10)
damaged = np.asarray(Image.open(file))

# %%
# The tables are read from files; here only the pixels are left, which tell the quality.
# The estimate is the mean of four short chains of random images (``sampled-mean``).
restored = restore(damaged, degradation=JPEG())

# %%
# The peak signal-to-noise ratio, before and after.
before, after = psnr(clean, damaged), psnr(clean, restored)
print(f"jpeg: {before:.2f} dB, {after:.2f} dB")

figure, axes = plt.subplots(1, 3, figsize=(9, 3.4), layout="constrained")
titles = "clean", f"JPEG ({before:.1f} dB)", f"restored ({after:.1f} dB)"
for axis, title, image in zip(axes, titles, (clean, damaged, restored), strict=True):
    axis.imshow(image, cmap="gray", vmin=0, vmax=255)
    axis.set_title(title)
    axis.axis("off")
plt.show()
