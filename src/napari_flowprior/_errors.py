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
    "UsageError",
    "as_sentence",
]


class FlowPriorError(Exception):
    """Base class of every error that this package raises on purpose."""


class InputError(FlowPriorError, ValueError):
    """An image, a file or an option cannot be used as given."""


class UsageError(InputError):
    """Options are wrong, or do not go together."""


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


def as_sentence(error: Exception) -> str:
    """Say in a sentence what went wrong.

    Parameters
    ----------
    error : Exception
        What went wrong, foreseen or not.

    Returns
    -------
    str
        For people.
    """
    if isinstance(error, FlowPriorError):
        return str(error)
    if isinstance(error, MemoryError):
        return f"There is not enough memory ({error}); close programs, or use less."
    if isinstance(error, OSError) and error.strerror:
        name = "" if error.filename is None else f"{error.filename}: "
        return f"{name}{error.strerror}."
    return f"{type(error).__name__}: {error} (this is a bug; --debug shows where)"
