"""Schedulers of clusters, before anything is asked of them."""

from __future__ import annotations

from napari_flowprior._generators import Run

__all__ = ["check_scheduler"]


def check_scheduler(address: str) -> None:
    """Refuse the address of a scheduler that does not answer within 5 seconds.

    Parameters
    ----------
    address : str
        Such as "tcp://10.0.0.1:8786".

    Raises
    ------
    InputError
        If nobody answers, or the package distributed is missing.

    Examples
    --------
    >>> from napari_flowprior.restoration import check_scheduler
    >>> check_scheduler("tcp://127.0.0.1:1")
    Traceback (most recent call last):
    ...
    napari_flowprior._errors.InputError: No scheduler of Dask answers at ...
    """
    # Its packages are optional.
    from napari_flowprior.restoration.cluster._pool import connect

    with Run(connect(address)).result:
        pass
