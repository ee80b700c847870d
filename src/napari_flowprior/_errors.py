"""Errors shown to users; the lowest layer, which imports nothing.

Every message is a sentence: what was wrong, with the offending value, and what to
do about it. None of them is a ``RuntimeError``, because some thread workers swallow
these.
"""

__all__ = [
    "CancelledError",
    "FlowPriorError",
    "InputError",
    "MemoryLimitError",
    "PriorFileError",
    "RestoreError",
    "TrainingError",
]


class FlowPriorError(Exception):
    """Base class of every error that this package raises on purpose."""


class InputError(FlowPriorError, ValueError):
    """An image, a file or an option cannot be used as given."""


class PriorFileError(FlowPriorError, ValueError):
    """A prior file is missing, damaged or of an unknown format."""


class RestoreError(FlowPriorError):
    """A restoration could not be carried out."""


class MemoryLimitError(RestoreError):
    """A restoration needs more memory than the device has."""


class CancelledError(FlowPriorError):
    """A run that was cancelled, or failed, was asked for its result."""


class TrainingError(FlowPriorError):
    """A training could not go on."""
