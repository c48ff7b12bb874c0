"""The service's numbers, in the text format of Prometheus.

They are counted as plain integers and turned into samples only when they are asked for, so that counting costs nothing
that could be measured.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from prometheus_client.metrics_core import Metric

    from asl.engine import Engine, Execution, ExecutionStatus, MapRun
    from asl.observability.delivery import Delivery

CONTENT_TYPE: Final = b"text/plain; version=0.0.4; charset=utf-8"
TYPES: Final = {True: "STANDARD", False: "EXPRESS"}
CHILD_STATUSES: Final = ("pending", "running", "succeeded", "failed", "timed_out", "aborted")
LAG_INTERVAL: Final = 0.5
LAG_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Metrics:
    """What one service counts. Not thread-safe: it lives on the event loop of its engine."""

    def __init__(
        self, engine: Engine, deliveries: Iterable[Delivery], map_runs: Callable[[], Iterable[MapRun]]
    ) -> None:
        self.requests: Counter[tuple[str, str]] = Counter()
        self._engine = engine
        self._deliveries = tuple(deliveries)
        self._map_runs = map_runs
        self._started = {True: 0, False: 0}
        self._ended: Counter[tuple[bool, ExecutionStatus]] = Counter()
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)
        self._lag = Histogram(
            "asl_event_loop_lag_seconds",
            "How much later than asked for the event loop called back.",
            buckets=LAG_BUCKETS,
            registry=self._registry,
        )

    def started(self, execution: Execution) -> None:
        """An execution was started, or goes on after a redrive or a restart."""
        self._started[execution.request.redrivable] += 1

    def ended(self, execution: Execution) -> None:
        """An execution has ended."""
        self._ended[execution.request.redrivable, execution.status] += 1

    def text(self) -> bytes:
        """All numbers as they are now."""
        return generate_latest(self._registry)

    async def watch_lag(self) -> None:
        """Measure twice a second how late the event loop is, until cancelled."""
        while True:
            due = time.monotonic() + LAG_INTERVAL
            await asyncio.sleep(LAG_INTERVAL)
            self._lag.observe(max(0.0, time.monotonic() - due))

    def collect(self) -> Iterator[Metric]:
        """What was counted, for the registry."""
        yield from self._executions()
        yield self._children()
        yield _counter("asl_state_transitions", "States entered by all executions.", self._engine.meter.transitions)
        tokens = len(self._engine.integrations.task_tokens)
        yield GaugeMetricFamily("asl_open_task_tokens", "Tasks that wait for their token to be answered.", tokens)
        requests = CounterMetricFamily("asl_api_requests", "Requests answered.", labels=["operation", "code"])
        for labels, count in self.requests.items():
            requests.add_metric(labels, count)
        yield requests
        yield self._of_deliveries("pending", "What waits to be delivered.", GaugeMetricFamily, lambda d: d.pending)
        yield self._of_deliveries("dropped", "What was given up.", CounterMetricFamily, lambda d: d.dropped)
        yield self._of_deliveries("failures", "Attempts that failed.", CounterMetricFamily, lambda d: d.failures)

    def _executions(self) -> Iterator[Metric]:
        started = CounterMetricFamily("asl_executions_started", "Executions started.", labels=["type"])
        ended = CounterMetricFamily("asl_executions_ended", "Executions ended.", labels=["type", "status"])
        running = GaugeMetricFamily("asl_executions_running", "Executions that run now.", labels=["type"])
        over: Counter[bool] = Counter()
        for (standard, status), count in self._ended.items():
            ended.add_metric((TYPES[standard], status.value), count)
            over[standard] += count
        for standard, count in self._started.items():
            started.add_metric((TYPES[standard],), count)
            running.add_metric((TYPES[standard],), count - over[standard])
        yield from (started, ended, running)

    def _children(self) -> Metric:
        counted: Counter[str] = Counter()
        for run in self._map_runs():
            counts = run.execution_counts
            counted.update({status: getattr(counts, status) for status in CHILD_STATUSES})
        children = GaugeMetricFamily("asl_map_run_executions", "Child executions of all Map Runs.", labels=["status"])
        for status in CHILD_STATUSES:
            children.add_metric((status.upper(),), counted[status])
        return children

    def _of_deliveries(
        self,
        name: str,
        documentation: str,
        family: type[CounterMetricFamily | GaugeMetricFamily],
        value: Callable[[Delivery], int],
    ) -> Metric:
        metric = family(f"asl_deliveries_{name}", documentation, labels=["sink"])
        for delivery in self._deliveries:
            metric.add_metric((delivery.name.replace(" ", "_").replace("-", "_"),), value(delivery))
        return metric


def _counter(name: str, documentation: str, value: int) -> Metric:
    return CounterMetricFamily(name, documentation, value)
