"""Models of noise, and estimating them from images."""

from napari_flowprior.restoration.noise._agreements import ramp
from napari_flowprior.restoration.noise._anscombe import Anscombe
from napari_flowprior.restoration.noise._answer import Answer
from napari_flowprior.restoration.noise._answers import Response
from napari_flowprior.restoration.noise._camera import estimate_camera, fit_camera
from napari_flowprior.restoration.noise._correlation import (
    autocorrelation,
    neighbour_correlation,
    plane_correlation,
)
from napari_flowprior.restoration.noise._fitted_variances import (
    estimate_variance_curve,
    fit_variances,
)
from napari_flowprior.restoration.noise._found_level import Level
from napari_flowprior.restoration.noise._judged import Judgement, judge_noise
from napari_flowprior.restoration.noise._level import (
    estimate_noise,
    estimate_with_rounding,
    finest_scale,
    rounding_level,
)
from napari_flowprior.restoration.noise._limits import (
    AtLimits,
    find_noise_at_limits,
    noise_at_limits,
)
from napari_flowprior.restoration.noise._medians import row_medians
from napari_flowprior.restoration.noise._photon_counts import photon_gain
from napari_flowprior.restoration.noise._plain_windows import PlainNoise, plain_noise
from napari_flowprior.restoration.noise._repaired import Repairs, repair, repairs_of
from napari_flowprior.restoration.noise._response import find_response, finest_level
from napari_flowprior.restoration.noise._self_consistency import (
    OPPONENT,
    Agreement,
    agreement,
)
from napari_flowprior.restoration.noise._variance_curve import VarianceCurve
from napari_flowprior.restoration.noise._variances import Variances, measure_variances

__all__ = [
    "OPPONENT",
    "Agreement",
    "Anscombe",
    "Answer",
    "AtLimits",
    "Judgement",
    "Level",
    "PlainNoise",
    "Repairs",
    "Response",
    "VarianceCurve",
    "Variances",
    "agreement",
    "autocorrelation",
    "estimate_camera",
    "estimate_noise",
    "estimate_variance_curve",
    "estimate_with_rounding",
    "find_noise_at_limits",
    "find_response",
    "finest_level",
    "finest_scale",
    "fit_camera",
    "fit_variances",
    "judge_noise",
    "measure_variances",
    "neighbour_correlation",
    "noise_at_limits",
    "photon_gain",
    "plain_noise",
    "plane_correlation",
    "ramp",
    "repair",
    "repairs_of",
    "rounding_level",
    "row_medians",
]
