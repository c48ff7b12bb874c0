"""How AWS services are called: with which time-outs and retries, and what their errors mean.

What botocore's few quick retries did not get through is left to the caller: Step Functions, a stream or a vendor tries
again later, with a backoff that a function's run time could not afford.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as BotocoreConnectionError

from saas.errors import AwsUnavailable

CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})

# At DEBUG botocore repeats every request and answer, and with them task tokens and secrets, also where a function's log
# level was lowered for everything at once (AWS_LAMBDA_LOG_LEVEL).
logging.getLogger("botocore").setLevel(logging.INFO)

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
# https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html#API_Encrypt_Errors
# https://boto3.amazonaws.com/v1/documentation/api/latest/guide/retries.html
PASSING_CODES = frozenset(
    {
        "DependencyTimeoutException",
        "KeyUnavailableException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "RequestTimeoutException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)


def error_code(error: ClientError | BotoCoreError) -> str:
    """What an AWS error is called. Its message is left out: it may repeat parts of the request."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", "Unknown"))
    return type(error).__name__


def fault(error: Exception) -> str:
    """What may be said of an error in a log: our own messages are fit for it, those of AWS are not."""
    return error_code(error) if isinstance(error, ClientError | BotoCoreError) else str(error)


def passing_code(error: ClientError | BotoCoreError) -> str | None:
    """The code of an AWS error that passes by itself (throttling, 5xx, a broken network), or None for any other."""
    if isinstance(error, ClientError):
        code = error_code(error)
        http_status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return code if code in PASSING_CODES or http_status == 429 or http_status >= 500 else None
    if isinstance(error, BotocoreConnectionError | HTTPClientError):
        return error_code(error)
    return None


@contextmanager
def aws_call(operation: str) -> Iterator[None]:
    """Raise `AwsUnavailable` for what passes by itself; let every other error through as it is."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        code = passing_code(error)
        if code is None:
            raise
        raise AwsUnavailable(operation, code) from error
