"""Pictures of a training: a patch that is denoised, and samples of the prior."""

# ruff: noqa: N802 (names of Qt)

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QRect, QSize
from qtpy.QtGui import QImage, QPainter
from qtpy.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_flowprior.training import Pictures

__all__ = ["TrainPictures"]

_GAP = 4  # pixels
_LARGEST = 150  # pixels


class TrainPictures(QWidget):
    """A patch with noise, restored, and as it was in a row, and a row of samples."""

    def __init__(self) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        self.patches = PictureRow()
        self.samples = PictureRow()
        self._title = QLabel()
        self._title.setWordWrap(True)
        samples = QLabel("Samples of the prior")
        samples.setToolTip("Images that the prior makes up, which show what it learnt")
        for widget in (self._title, self.patches, samples, self.samples):
            layout.addWidget(widget)

    def show_pictures(self, pictures: Pictures) -> None:
        """Show other pictures.

        Parameters
        ----------
        pictures : Pictures
            Values in [0, 1].
        """
        shown = [pictures.noisy, pictures.restored, pictures.clean]
        self.patches.show_images([image for image in shown if image is not None])
        self.samples.show_images(list(pictures.samples))
        known = pictures.noisy is not None and pictures.restored is not None
        text = (
            "Noise added, restored, and as it was: a held-out patch"
            if known
            else "Held-out patch"
        )
        self._title.setText(text)


class PictureRow(QWidget):
    """Pictures of the same size side by side, as wide as there is room."""

    def __init__(self) -> None:
        super().__init__()
        self.images: list[QImage] = []
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_images(self, images: list[NDArray[Any]]) -> None:
        """Show other pictures.

        Parameters
        ----------
        images : list of ndarray, shape (C, h, w)
            Values in [0, 1]; one channel is grey, three are red, green and blue.
        """
        self.images = [_to_image(image) for image in images]
        self.updateGeometry()
        self.update()

    def _side(self, width: int) -> int:
        number = max(1, len(self.images))
        return max(8, min(_LARGEST, (width - _GAP * (number - 1)) // number))

    def hasHeightForWidth(self) -> bool:
        """Tell Qt that the height follows from the width."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of a row of squares."""
        return self._side(width) if self.images else 0

    def sizeHint(self) -> QSize:
        """Return a size that fits a dock."""
        return QSize(240, self.heightForWidth(240))

    def minimumSizeHint(self) -> QSize:
        """Return how narrow it can be."""
        return QSize(60, 0)

    def paintEvent(self, event: Any) -> None:
        """Draw all pictures."""
        side = min(self._side(self.width()), self.height())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for number, image in enumerate(self.images):
            painter.drawImage(QRect(number * (side + _GAP), 0, side, side), image)
        painter.end()


def _to_image(values: NDArray[Any]) -> QImage:
    pixels = np.nan_to_num(np.clip(values, 0, 1) * 255).round().astype(np.uint8)
    if len(pixels) != 3:
        pixels = np.repeat(pixels[:1], 3, axis=0)
    pixels = np.ascontiguousarray(pixels.transpose(1, 2, 0))
    height, width, _ = pixels.shape
    kind = QImage.Format.Format_RGB888
    # Copied, as Qt does not keep the array alive.
    return QImage(pixels.tobytes(), width, height, 3 * width, kind).copy()
