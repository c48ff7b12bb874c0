"""Creating and sending once, with vendors whose API knows no idempotency keys.

Their campaigns have names. A campaign is looked for under its name before it is created, and sent only while it is a
draft; what a vendor has begun to send it refuses to send again, so two attempts at the same moment do no harm either.
"""

from collections.abc import Callable, Iterable

from saas.errors import VendorRejected, VendorUnavailable

MAX_PAGES = 10


def send_once(is_draft: Callable[[], bool], send: Callable[[], None]) -> None:
    """Send a campaign unless it was sent before.

    A refusal is looked into: it means nothing if the campaign is no draft any more.
    """
    if not is_draft():
        return
    try:
        send()
    except VendorRejected:
        if is_draft():
            raise


def mailboxes(recipients: Iterable[str]) -> int:
    """How many contacts a vendor makes of these addresses: two users may share one, and case makes no difference."""
    return len({address.lower() for address in recipients})


def require_audience(vendor: str, present: int, wanted: int) -> None:
    """Raise `VendorUnavailable` while a vendor, which takes in recipients at its leisure, does not have all of them."""
    if present < wanted:
        raise VendorUnavailable(vendor, "create", f"it has {present} of {wanted} recipients so far")
