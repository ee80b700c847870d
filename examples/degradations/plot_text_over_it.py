"""
Something written over the image
================================

Pixels are missing, and a mask says which. The others stay exactly as they are.
"""

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image, ImageDraw
from skimage import data
from skimage.metrics import peak_signal_noise_ratio as psnr

from napari_flowprior import restore
from napari_flowprior.restoration import Inpaint

clean = data.camera()[80:176, 190:286]
page = Image.new("1", clean.shape[::-1])
for row in range(0, page.height, 24):
    ImageDraw.Draw(page).text((2, row), "something was written", fill=1)
mask = np.asarray(page)
damaged = np.where(mask, 255, clean).astype(np.uint8)

# %%
# The mask is True where a pixel is missing. The estimate is the mean of four chains of
# annealed stochastic plug-and-play (``annealing``).
restored = restore(damaged, degradation=Inpaint(mask))
assert (restored[~mask] == clean[~mask]).all()

# %%
# The peak signal-to-noise ratio, before and after.
before, after = psnr(clean, damaged), psnr(clean, restored)
print(f"text: {before:.2f} dB, {after:.2f} dB")

figure, axes = plt.subplots(1, 3, figsize=(9, 3.4), layout="constrained")
titles = "clean", f"written over ({before:.1f} dB)", f"restored ({after:.1f} dB)"
for axis, title, image in zip(axes, titles, (clean, damaged, restored), strict=True):
    axis.imshow(image, cmap="gray", vmin=0, vmax=255)
    axis.set_title(title)
    axis.axis("off")
plt.show()
