"""Choosing what to compute on."""

from __future__ import annotations

from napari_flowprior._widgets.fields._choice import Choice
from napari_flowprior._widgets.fields._preferences import preference

__all__ = ["device_choice", "device_here"]

_TIPS = {
    "auto": "The fastest device of this computer",
    "cluster": "All workers of the scheduler of Dask that the preferences name; they "
    "restore, and this computer does the rest",
}


def device_choice(*, clusters: bool = False, **row: str) -> Choice:
    """List the devices of torch, which must be loaded.

    Parameters
    ----------
    clusters : bool
        Whether a cluster will do, too.
    **row : str
        Name, label and tool tip, as of all widgets of magicgui.

    Returns
    -------
    Choice
        "auto", each device by its name, and the cluster of the preferences by its
        address; the device of the preferences is chosen.
    """
    from napari_flowprior._device import available_devices, scheduler_address

    devices = available_devices()
    preferred = preference("computing", "device")
    labels = {"auto": f"auto ({devices[0]})"} | {name: name for name in devices}
    tips = {"auto": _TIPS["auto"]}
    scheduler = preference("computing", "scheduler").strip()
    if clusters and scheduler:
        address = scheduler_address(scheduler)
        # With more words, a narrow dock would cut it.
        labels[address] = address.partition("://")[2]
        tips[address] = _TIPS["cluster"]
    choice = Choice(labels=labels, tips=tips, **row)
    if preferred in choice.choices:
        choice.value = preferred
    return choice


def device_here(name: str) -> str:
    """Return a device of this computer for what no cluster does.

    Parameters
    ----------
    name : str
        A device, or the address of a scheduler.

    Returns
    -------
    str
        The device; "auto" for a scheduler.
    """
    from napari_flowprior._device import is_scheduler

    return "auto" if is_scheduler(name) else name
