"""Map Runs: what distributed Map states start, with their child executions."""

from asl.engine.map_run.children import Child, ChildNames, ChildStatus, Counts
from asl.engine.map_run.map_run import MapRun, MapRunSettings, MapRunStatus
from asl.engine.map_run.tolerance import THRESHOLD_EXCEEDED, Tolerance

__all__ = [
    "THRESHOLD_EXCEEDED",
    "Child",
    "ChildNames",
    "ChildStatus",
    "Counts",
    "MapRun",
    "MapRunSettings",
    "MapRunStatus",
    "Tolerance",
]
