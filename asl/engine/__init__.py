"""Runs state machines: executions, their history, the tokens of their tasks. A library, without any HTTP."""

from asl.engine.clock import Clock, VirtualClock, WallClock
from asl.engine.engine import Engine
from asl.engine.errors import StateError
from asl.engine.execution import Execution, ExecutionStatus, StartRequest
from asl.engine.history import History, HistoryEvent, event_to_api
from asl.engine.map_run import Child, ChildNames, ChildStatus, Counts, MapRun, MapRunStatus
from asl.integrations.errors import ActivityDoesNotExist, EngineError, InvalidToken, TaskTimedOut

__all__ = [
    "ActivityDoesNotExist",
    "Child",
    "ChildNames",
    "ChildStatus",
    "Clock",
    "Counts",
    "Engine",
    "EngineError",
    "Execution",
    "ExecutionStatus",
    "History",
    "HistoryEvent",
    "InvalidToken",
    "MapRun",
    "MapRunStatus",
    "StartRequest",
    "StateError",
    "TaskTimedOut",
    "VirtualClock",
    "WallClock",
    "event_to_api",
]
