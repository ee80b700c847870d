"""The figure of a diagnosis: noise by intensity, and how alike it is nearby."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_flowprior._errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from napari_flowprior.restoration.engine import Finding

__all__ = ["draw"]

_SIZE = 4.0, 2.8  # inches of a plot
_MEASURED, _EXPLAINED = "#8d99ae", "#e07b28"


def draw(
    findings: Sequence[Finding], titles: Sequence[str], columns: int = 2
) -> Figure:
    """Draw two plots for each finding.

    Parameters
    ----------
    findings : sequence of Finding
        One or more.
    titles : sequence of str
        As many; nothing stands above the plots of a finding if one is empty.
    columns : int
        2 for plots beside each other, 1 for plots below each other.

    Returns
    -------
    matplotlib.figure.Figure
        The figure, on no screen.

    Raises
    ------
    InputError
        If matplotlib is not installed, or there is another number of columns.
    """
    if columns not in (1, 2):
        raise InputError(f"columns is {columns}; pass 1 or 2.")
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise InputError(
            "Plots are drawn by matplotlib, which is not installed; install it with: "
            "python -m pip install 'napari-flowprior[plots]'"
        ) from None
    rows = len(findings) * 2 // columns
    size = _SIZE[0] * columns, _SIZE[1] * rows
    figure = Figure(figsize=size, layout="constrained")
    pairs = figure.subplots(rows, columns, squeeze=False).reshape(-1, 2)
    for finding, title, (left, right) in zip(findings, titles, pairs, strict=True):
        left.set_title(title)
        _draw_levels(left, finding)
        _draw_correlation(right, finding)
    return figure


def _draw_levels(axes: Axes, finding: Finding) -> None:
    axes.set(xlabel="intensity", ylabel="noise level")
    if (curve := finding.noise_curve) is None:
        return _say(axes, "too few pixels to tell")
    axes.plot(curve.intensities, curve.measured, ".", color=_MEASURED, label="measured")
    axes.plot(curve.intensities, curve.explained, color=_EXPLAINED, label="explained")
    axes.set_ylim(bottom=0)
    axes.legend()
    return None


def _draw_correlation(axes: Axes, finding: Finding) -> None:
    axes.set(xlabel="distance (pixels)", ylabel="correlation")
    if finding.autocorrelation is None:
        return _say(axes, "no noise")
    for values, name, colour in zip(
        finding.autocorrelation, "YX", (_MEASURED, _EXPLAINED), strict=True
    ):
        axes.plot(values, "o-", color=colour, label=f"along {name}")
    axes.axhline(0, color="black", linewidth=0.5)
    axes.legend()
    return None


def _say(axes: Axes, text: str) -> None:
    axes.text(0.5, 0.5, text, ha="center", va="center", transform=axes.transAxes)
