"""The one comparison of what a stranger offers with what only the vendor can know."""

import hmac
from collections.abc import Sequence


def any_fits(offered: Sequence[bytes], expected: Sequence[bytes]) -> bool:
    """Whether one of `offered` is one of `expected`.

    Every pair is compared in constant time, without stopping at the first that fits, so that the time tells nothing of
    how much was right.
    """
    fits = False
    for one in offered:
        for other in expected:
            fits |= hmac.compare_digest(one, other)
    return fits
