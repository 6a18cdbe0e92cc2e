"""Keys made once for the tests of tokens."""

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

Private = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def private_pem(key: Private) -> bytes:
    """A private key in PEM, unprotected."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def public_pem(key: Private) -> bytes:
    """Its public key in PEM."""
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


SIGNING = ed25519.Ed25519PrivateKey.generate()
SIGNING_PEM, PUBLIC_PEM = private_pem(SIGNING), public_pem(SIGNING)
