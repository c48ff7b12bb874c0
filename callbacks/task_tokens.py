"""Task tokens: kept encrypted, decrypted only to be used.

A token is bound to its mailbox and attempt by the encryption context, so that the ciphertext of one attempt can't be
put in the place of another's (https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from callbacks import clients
from callbacks.mailbox import Outcome
from saas.aws import aws_call, error_code

if TYPE_CHECKING:
    from callbacks.mailbox import Resumption

_UNREADABLE = frozenset({"InvalidCiphertextException", "IncorrectKeyException"})
_FINAL = {outcome.value: outcome for outcome in (Outcome.TIMED_OUT, Outcome.UNKNOWN_TASK, Outcome.INVALID)}


class TokenCipher:
    """Encrypts and decrypts with the KMS key `key_arn`. Raises `AwsUnavailable` where KMS does not answer now."""

    def __init__(self, key_arn: str) -> None:
        self._key_arn = key_arn

    def encrypt(self, token: str, correlation_key: str, attempt: str) -> bytes:
        """The token as ciphertext that only `decrypt` with the same correlation key and attempt can read."""
        with aws_call("kms:Encrypt"):
            answer = clients.kms().encrypt(
                KeyId=self._key_arn, Plaintext=token.encode(), EncryptionContext=_context(correlation_key, attempt)
            )
        return answer["CiphertextBlob"]

    def decrypt(self, ciphertext: bytes, correlation_key: str, attempt: str) -> str | None:
        """The token, or None where the ciphertext was not made for this correlation key and attempt."""
        try:
            with aws_call("kms:Decrypt"):
                answer = clients.kms().decrypt(
                    KeyId=self._key_arn,
                    CiphertextBlob=ciphertext,
                    EncryptionContext=_context(correlation_key, attempt),
                )
        except ClientError as error:
            if error_code(error) in _UNREADABLE:
                return None
            raise
        return answer["Plaintext"].decode()


class TokenResumer:
    """Resumes executions: the one place where a token is used."""

    def __init__(self, cipher: TokenCipher) -> None:
        self._cipher = cipher

    def resume(self, resumption: Resumption) -> Outcome:
        """Send the delivery with the token; the output is {"status", "delivery"}. Returns the final answer.

        Raises `AwsUnavailable`, or botocore's error where Step Functions or KMS refuse for a reason of our making: the
        token may still be good then.
        """
        box = resumption.box
        token = self._cipher.decrypt(resumption.token, box.correlation_key, box.attempt)
        if token is None:
            return Outcome.UNREADABLE
        output = {"status": resumption.delivery.status, "delivery": resumption.delivery.event_id}
        try:
            with aws_call("states:SendTaskSuccess"):
                clients.step_functions().send_task_success(taskToken=token, output=json.dumps(output))
        except ClientError as error:
            if (outcome := _FINAL.get(error_code(error))) is None:
                raise
            return outcome
        return Outcome.ACCEPTED


def _context(correlation_key: str, attempt: str) -> dict[str, str]:
    return {"correlation_key": correlation_key, "attempt": attempt}
