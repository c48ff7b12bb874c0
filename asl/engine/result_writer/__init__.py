"""ResultWriter of distributed Map states: the results of the children as files in S3, or formatted for the state."""

from asl.engine.result_writer.writer import ResultWriter, Writing

__all__ = ["ResultWriter", "Writing"]
