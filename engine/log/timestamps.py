"""RFC 3161 timestamps of checkpoints: a trusted third party's word that a note's bytes existed at a time.

The request covers the note's file as it is, so that ``openssl ts -verify -data SIZE.note`` checks it too. It
carries no nonce: the same note makes the same request, and a note nobody saw before needs none.
"""

import hashlib
from datetime import datetime

from cryptography.x509 import load_pem_x509_certificates
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from engine.errors import BrokenLogError, RequestError
from engine.quantities import instant_of, utc_text

_SHA256 = "2.16.840.1.101.3.4.2.1"


def timestamp_request(note: bytes) -> bytes:
    """The request (application/timestamp-query) for a note's bytes."""
    builder = TimestampRequestBuilder().data(note).hash_algorithm(HashAlgorithm.SHA256).nonce(nonce=False)
    return builder.cert_request(cert_request=True).build().as_bytes()


def timestamped_at(note: bytes, response: bytes, certificates: bytes | None = None) -> str:
    """The time a response gives for a note's bytes, in UTC; BrokenLogError if it is of other bytes or not true.

    ``certificates`` are the PEM certificates trusted to vouch for the authority; without them the authority's
    own signature is not checked, only that the response is about these bytes.
    """
    try:
        decoded = decode_timestamp_response(response)
        imprint = decoded.tst_info.message_imprint
        moment: datetime = decoded.tst_info.gen_time
    except ValueError as error:
        raise BrokenLogError(f"the timestamp cannot be read ({error}): ask the authority again") from None
    if imprint.hash_algorithm.dotted_string != _SHA256 or imprint.message != hashlib.sha256(note).digest():
        raise BrokenLogError("the timestamp is of other bytes than the checkpoint's: ask for one of this file")
    if certificates is not None:
        _check_authority(decoded, note, certificates)
    return utc_text(instant_of(moment))


def _check_authority(response: TimeStampResponse, note: bytes, certificates: bytes) -> None:
    try:
        trusted = load_pem_x509_certificates(certificates)
    except ValueError as error:
        raise RequestError(f"the certificates cannot be read ({error}): give them as PEM") from None
    builder = VerifierBuilder()
    for certificate in trusted:
        builder = builder.add_root_certificate(certificate)
    try:
        builder.build().verify_message(response, note)
    except (VerificationError, ValueError) as error:
        raise BrokenLogError(f"the timestamp does not hold under these certificates: {error}") from None
