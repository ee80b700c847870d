"""Preferences of the user, which napari keeps and shows in its own dialog."""

from __future__ import annotations

from typing import Any

__all__ = ["preference"]

_PLUGIN = "napari-flowprior"
# As the manifest has them.
_DEFAULTS: dict[str, dict[str, Any]] = {
    "computing": {"device": "auto", "scheduler": "", "threads": 0, "gpu_memory": 1.0},
    "results": {"dtype": "as input", "memory": 8.0},
    "priors": {"folder": ""},
}


def preference(group: str, name: str) -> Any:
    """Return what the user prefers.

    Parameters
    ----------
    group, name : str
        Names in the manifest.

    Returns
    -------
    object
        The default where napari knows of no preferences, as where the plugin is not
        installed.
    """
    default = _DEFAULTS[group][name]
    try:
        from napari.settings import get_plugin_settings

        return getattr(getattr(get_plugin_settings(_PLUGIN), group), name)
    except (AttributeError, ImportError, KeyError):
        return default
