"""What can go wrong between a task and a vendor. The class names are what `ErrorEquals` in a state machine names.

    SaasError
    ├── VendorUnavailable      the vendor does not answer now (5xx, network, time-out)       retriable
    ├── VendorThrottled        the vendor asks for fewer requests (429)                      retriable
    ├── AwsUnavailable         an AWS service does not answer now (throttling, 5xx, network) retriable
    ├── VendorRejected         the vendor understood the request and refuses it (4xx)        permanent
    └── VendorMisconfigured    a setting of the vendor is missing or unusable here           permanent

    WebhookRefused             a webhook that can't be used; answered with a 4xx, never seen by a state machine

Messages end up in execution histories and the failure queue: no key, secret, token or recipient's address is ever part
of one, nor is what a vendor wrote in the body of its answer.
"""


class SaasError(Exception):
    """Base of the errors that a task may let through to its state machine."""


class VendorUnavailable(SaasError):
    """The vendor answered 5xx, or did not answer at all. Trying again later can help."""

    def __init__(self, vendor: str, operation: str, reason: str) -> None:
        super().__init__(f"{vendor} is unavailable for {operation}: {reason}")
        self.vendor = vendor
        self.operation = operation
        self.reason = reason


class VendorThrottled(SaasError):
    """The vendor answered 429. `retry_after` is what it asked for in seconds, or None where it did not say."""

    def __init__(self, vendor: str, operation: str, retry_after: float | None) -> None:
        wait = "later" if retry_after is None else f"after {retry_after:g} s"
        super().__init__(f"{vendor} throttles {operation}: try again {wait}")
        self.vendor = vendor
        self.operation = operation
        self.retry_after = retry_after


class AwsUnavailable(SaasError):
    """An AWS service that a task needs throttles, fails inside or can't be reached. Trying again later can help."""

    def __init__(self, operation: str, code: str) -> None:
        super().__init__(f"{operation} did not succeed: {code}, which usually passes by itself")
        self.operation = operation
        self.code = code


class VendorRejected(SaasError):
    """The vendor refused the request with a 4xx, or answered what its API doesn't promise. It would do so again."""

    def __init__(self, vendor: str, operation: str, http_status: int, reason: str) -> None:
        super().__init__(f"{vendor} rejected {operation} with HTTP {http_status}: {reason}")
        self.vendor = vendor
        self.operation = operation
        self.http_status = http_status
        self.reason = reason


class VendorMisconfigured(SaasError):
    """A setting is missing, can't be read or can't be used. `setting` names it, the message says what to do."""

    def __init__(self, vendor: str, setting: str, reason: str) -> None:
        super().__init__(f"{vendor} is misconfigured: {setting}: {reason}")
        self.vendor = vendor
        self.setting = setting
        self.reason = reason


class WebhookRefused(Exception):
    """A webhook that must have no effect. `reason` is a fixed word for a metric: no part of the request is in it."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"webhook refused: {reason}")
        self.reason = reason
