"""What is seen of a training: curves, and pictures."""

from napari_flowprior._widgets.train.figures._curves import Curve, Curves
from napari_flowprior._widgets.train.figures._pictures import PictureRow, TrainPictures
from napari_flowprior._widgets.train.figures._plots import CurvePlots

__all__ = ["Curve", "CurvePlots", "Curves", "PictureRow", "TrainPictures"]
