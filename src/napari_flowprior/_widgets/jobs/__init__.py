"""Background work: threads for long jobs, and the loading of torch."""

from napari_flowprior._widgets.jobs._estimate import Estimate
from napari_flowprior._widgets.jobs._late_form import LateForm
from napari_flowprior._widgets.jobs._latest import Latest
from napari_flowprior._widgets.jobs._loading import (
    free_memory,
    import_if_open,
    is_loaded,
    load,
    obey_preferences,
)
from napari_flowprior._widgets.jobs._pending import Pending
from napari_flowprior._widgets.jobs._quiet import quietly
from napari_flowprior._widgets.jobs._time import duration
from napari_flowprior._widgets.jobs._training import train
from napari_flowprior._widgets.jobs._wording import in_fields
from napari_flowprior._widgets.jobs._worker import (
    Failure,
    JobWorker,
    failure,
    start_aside,
    start_job,
)

__all__ = [
    "Estimate",
    "Failure",
    "JobWorker",
    "LateForm",
    "Latest",
    "Pending",
    "duration",
    "failure",
    "free_memory",
    "import_if_open",
    "in_fields",
    "is_loaded",
    "load",
    "obey_preferences",
    "quietly",
    "start_aside",
    "start_job",
    "train",
]
