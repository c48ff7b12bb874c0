"""How many items of a Map Run may fail.

https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

THRESHOLD_EXCEEDED: Final = "States.ExceedToleratedFailureThreshold"


@dataclass(frozen=True, slots=True)
class Tolerance:
    """A number of items and a percentage of all, None where it is not given; without both, none may fail.

    Where both are there, the one that is exceeded first counts.
    """

    count: int | None = None
    percentage: float | None = None

    def exceeded(self, failed: int, total: int | None) -> bool:
        """Whether so many failed items are too many; `total` is None until it is known how many there are."""
        if self.count is None and self.percentage is None:
            return failed > 0
        if self.count is not None and failed > self.count:
            return True
        return self.percentage is not None and total is not None and failed * 100 > self.percentage * total
