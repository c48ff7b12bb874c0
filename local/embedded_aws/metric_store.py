"""Bounds what the CloudWatch of the embedded AWS holds, which is all in memory.

MiniStack keeps a data point for each value of each metric of a service, three or four for every invocation of a
function, for good. AWS keeps those metrics by the minute: here, too, equal values of a minute (counts, or milliseconds)
are one point that says how many they are, and a metric keeps its latest points.

See https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html
"""

from __future__ import annotations

import threading
import time
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Any, Final

from ministack.services import cloudwatch

from local.embedded_aws import POINTS_PER_METRIC

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOM: Final = POINTS_PER_METRIC // 10
"""How many more than have to go are dropped, so that not every point that is added drops one."""
MINUTE: Final = 60
JOINED_WITH: Final = 100
"""Among how many of the latest points an equal one is looked for."""

Point = dict[str, Any]
Key = tuple[Any, ...]


def install() -> None:
    """Have points bounded, whoever adds them, and those of services joined. Call it once in a process."""
    bucket, joining = cloudwatch._metric_bucket, threading.Lock()  # noqa: SLF001 - the seam

    def bounded(key: Key) -> list[Point]:
        points: list[Point] = bucket(key)
        if len(points) > POINTS_PER_METRIC:
            points = points[ROOM + len(points) - POINTS_PER_METRIC :]
            cloudwatch._metrics[key] = points  # noqa: SLF001 - the seam
        return points

    def record(
        namespace: str, metric_name: str, value: float, unit: str = "None", dimensions: Mapping[str, str] | None = None
    ) -> None:
        of = dict(dimensions or {})
        with joining:
            points = bounded((namespace, metric_name, cloudwatch._dims_key(of)))  # noqa: SLF001 - the seam
            _join(points, {"Value": float(round(value)), "Unit": unit, "Dimensions": of})

    vars(cloudwatch).update(_metric_bucket=bounded, record_metric=record)


def _join(points: list[Point], new: Point) -> None:
    """Count a value with an equal one of this minute, or add it."""
    now = time.time()
    minute = now // MINUTE * MINUTE
    latest = islice(reversed(points), JOINED_WITH)
    for point in takewhile(lambda point: point["Timestamp"] >= minute, latest):
        if point.items() >= new.items():
            point["Count"] = point.get("Count", 1.0) + 1.0
            return
    points.append({"Timestamp": now, **new})
