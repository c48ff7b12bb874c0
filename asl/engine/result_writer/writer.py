"""ResultWriter of a distributed Map state: from the field to where the results of a Map Run go.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from asl.engine.errors import RUNTIME, StateError
from asl.engine.map_run.results import ArrayResults
from asl.engine.payload import encode
from asl.engine.result_writer.exported import ExportedResults
from asl.engine.result_writer.records import Transformation, written
from asl.engine.s3_access import S3Access

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asl.engine.frame import Visit
    from asl.engine.map_run import Child, MapRun
    from asl.engine.map_run.outcome import Outcome
    from asl.engine.map_run.results import Results
    from asl.engine.query_language import Evaluate, QueryLanguage

Json = Any

RESULT_WRITER_FAILED: Final = "States.ResultWriterFailed"
LINES: Final = "JSONL"


@dataclass(frozen=True, slots=True)
class Writing:
    """Where a ResultWriter writes for one Map Run: a bucket and a prefix, None where it writes nothing to S3."""

    place: tuple[str, str] | None


class ResultWriter:
    """What the results of Map Runs are turned into."""

    def __init__(self, fields: Mapping[str, Json], language: QueryLanguage) -> None:
        self._parameters: Evaluate | None = None
        if "Resource" in fields:
            parameters = fields.get("Arguments", fields.get("Parameters", {}))
            self._parameters = language.template(parameters, "ResultWriter/Arguments")
        config = fields.get("WriterConfig", {})
        default = "COMPACT" if self._parameters is None else "NONE"
        self._transformation = Transformation(config.get("Transformation", default))
        self._lines = config.get("OutputType") == LINES
        self._empty = "Resource" not in fields and "WriterConfig" not in fields

    def writing(self, visit: Visit) -> Writing:
        """Evaluate the expressions of the field.

        Raises:
            StateError, ExpressionError: one cannot be evaluated, or there is no bucket.
        """
        if self._empty:  # which AWS accepts in a definition, but not in an execution
            raise StateError(RUNTIME, visit.explain("The ResultWriter has neither a Resource nor a WriterConfig."))
        if self._parameters is None:
            return Writing(None)
        parameters = self._parameters(visit)
        bucket = parameters.get("Bucket") if isinstance(parameters, dict) else None
        prefix = parameters.get("Prefix", "") if bucket is not None else None
        if not isinstance(bucket, str) or not isinstance(prefix, str):
            cause = "The arguments of the ResultWriter need a Bucket, and may have a Prefix, both strings."
            raise StateError(RESULT_WRITER_FAILED, visit.explain(cause))
        return Writing((bucket, prefix))

    def results(self, visit: Visit, run: MapRun, writing: Writing) -> Results:
        """What takes the results of a Map Run."""
        if writing.place is None:
            return FormattedResults(run, self._transformation, lines=self._lines)
        s3 = S3Access(visit.frame, RESULT_WRITER_FAILED)
        return ExportedResults(run, s3, writing.place, self._transformation, lines=self._lines)


class FormattedResults(ArrayResults):
    """The formatted results of the children that succeeded as the result of the state: an array, or a text of lines."""

    def __init__(self, run: MapRun, transformation: Transformation, *, lines: bool) -> None:
        super().__init__(run.state_name)
        self._run = run
        self._transformation = transformation
        self._lines = lines

    def add(self, child: Child, outcome: Outcome) -> None:
        """See `Results.add`."""
        if outcome.output_payload is not None:
            values = written(self._run, child, outcome, self._transformation)
            self.keep(child.index, values, encode(values))

    async def finish(self) -> Json:
        """The array, or the lines."""
        values = [value for values in await super().finish() for value in values]
        return "".join(f"{encode(value)}\n" for value in values) if self._lines else values
