"""Many image files, one after the other, for the command line and the viewer."""

from napari_flowprior.batch._beside import (
    interval_paths,
    plan_intervals,
    plan_regions,
)
from napari_flowprior.batch._file import iter_restore_file
from napari_flowprior.batch._files import BatchEvent, BatchOptions, iter_restore_files
from napari_flowprior.batch._plan import Job, plan_jobs, plan_maps
from napari_flowprior.batch._report import Outcome, read_report, restored, write_report
from napari_flowprior.batch._sums import SumRow, read_sums, write_sums

__all__ = [
    "BatchEvent",
    "BatchOptions",
    "Job",
    "Outcome",
    "SumRow",
    "interval_paths",
    "iter_restore_file",
    "iter_restore_files",
    "plan_intervals",
    "plan_jobs",
    "plan_maps",
    "plan_regions",
    "read_report",
    "read_sums",
    "restored",
    "write_report",
    "write_sums",
]
