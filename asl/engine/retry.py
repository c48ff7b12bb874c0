"""Retriers and catchers: which errors they match, and how long a retrier waits.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from asl.engine.errors import ALL, DATA_LIMIT_EXCEEDED, RUNTIME, TASK_FAILED, TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Callable

    from asl.definition.model import Retrier
    from asl.engine.errors import StateError

NOT_OF_TASK_FAILED: Final = frozenset({TIMEOUT, DATA_LIMIT_EXCEEDED})


def matches(error_equals: tuple[str, ...], error: StateError) -> bool:
    """Whether an error is one of those that a retrier or catcher names.

    `States.ALL` stands for every error except `States.DataLimitExceeded`, `States.TaskFailed` for every error except
    that and `States.Timeout`. `States.Runtime` is matched by nothing: it ends the execution.
    """
    if error.error == RUNTIME:
        return False
    names = {error.error, error.also_known_as}
    return any(
        name in names
        or (name == ALL and error.error != DATA_LIMIT_EXCEEDED)
        or (name == TASK_FAILED and error.error not in NOT_OF_TASK_FAILED)
        for name in error_equals
    )


class RetryCounters:
    """How often each retrier of a state has been used since the state was entered, `used` times to begin with."""

    __slots__ = ("_attempts", "_jitter", "_retriers")

    def __init__(self, retriers: tuple[Retrier, ...], jitter: Callable[[float], float], used: int = 0) -> None:
        self._retriers = retriers
        self._attempts = [used] * len(retriers)
        self._jitter = jitter

    @property
    def used(self) -> list[int]:
        """How often each retrier has been used."""
        return list(self._attempts)

    def go_on_from(self, used: list[int]) -> None:
        """Take the retriers to have been used so often."""
        self._attempts = list(used)

    def next_attempt(self, error: StateError) -> tuple[int, float] | None:
        """The retrier that matches first and the seconds until its next attempt; None where there is none."""
        index = self.matching(error)
        if index is None:
            return None
        retrier, attempt = self._retriers[index], self._attempts[index]
        if attempt >= retrier.max_attempts:
            return None
        self._attempts[index] += 1
        return index, self._interval(retrier, attempt)

    def matching(self, error: StateError) -> int | None:
        """The index of the first retrier that names the error, None where none does."""
        for index, retrier in enumerate(self._retriers):
            if matches(retrier.error_equals, error):
                return index
        return None

    def _interval(self, retrier: Retrier, attempt: int) -> float:
        longest = float("inf") if retrier.max_delay_seconds is None else float(retrier.max_delay_seconds)
        try:
            interval = min(retrier.interval_seconds * retrier.backoff_rate**attempt, longest)
        except OverflowError:
            interval = longest
        interval = min(interval, LONGEST_WAIT)
        return self._jitter(interval) if retrier.full_jitter else interval


LONGEST_WAIT: Final = 99_999_999.0
