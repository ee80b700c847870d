"""Many image files, one after the other, for the command line and the viewer."""

from napari_flowprior.batch._file import iter_restore_file
from napari_flowprior.batch._files import BatchEvent, BatchOptions, iter_restore_files
from napari_flowprior.batch._plan import Job, plan_jobs, plan_maps
from napari_flowprior.batch._report import Outcome, read_report, restored, write_report

__all__ = [
    "BatchEvent",
    "BatchOptions",
    "Job",
    "Outcome",
    "iter_restore_file",
    "iter_restore_files",
    "plan_jobs",
    "plan_maps",
    "read_report",
    "restored",
    "write_report",
]
