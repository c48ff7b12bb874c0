"""ECDSA signatures on the curve P-256 with SHA-256, as SendGrid makes them.

A module of its own, so that `cryptography` is loaded by who needs it only. What is compared here is no secret: keys and
signatures are public.
"""

import base64
from collections.abc import Sequence
from functools import cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key


@cache
def parse_public_key(text: str) -> EllipticCurvePublicKey:
    """The P-256 key in the base64 of its SubjectPublicKeyInfo. Raises `ValueError`, without what it was given."""
    try:
        key = load_der_public_key(base64.b64decode(text, validate=True))
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("is not the base64 of a public key") from None
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise ValueError("is not a public key on the curve P-256")  # noqa: TRY004 -- the text is wrong, not its type
    return key


def any_verifies(keys: Sequence[EllipticCurvePublicKey], signature: bytes, signed: bytes) -> bool:
    """Whether the signature (DER) of these bytes was made with the private key of one of `keys`."""
    return any(_verifies(key, signature, signed) for key in keys)


def _verifies(key: EllipticCurvePublicKey, signature: bytes, signed: bytes) -> bool:
    try:
        key.verify(signature, signed, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True
