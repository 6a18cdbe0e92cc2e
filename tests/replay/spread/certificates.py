"""An authority of a test's own, and the certificate that a scheduler, its workers and its clients share."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

_NAMES = "DASK_DISTRIBUTED__COMM__TLS__"


@dataclass(frozen=True)
class Certificates:
    """The files of an authority's certificate, and of one that it signed with its key."""

    authority: Path
    certificate: Path
    key: Path

    @property
    def words(self) -> list[str]:
        """How a scheduler and its workers are given them."""
        return ["--tls-ca-file", str(self.authority), "--tls-cert", str(self.certificate), "--tls-key", str(self.key)]

    @property
    def environment(self) -> dict[str, str]:
        """How a client is given them."""
        return {
            f"{_NAMES}CA_FILE": str(self.authority),
            f"{_NAMES}CLIENT__CERT": str(self.certificate),
            f"{_NAMES}CLIENT__KEY": str(self.key),
        }


def make_certificates(folder: Path) -> Certificates:
    """A new authority and a certificate of it, in a folder."""
    folder.mkdir()
    root, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _certificate("authority", root, "authority", root, authority=True)
    signed = _certificate("node", key, "authority", root, authority=False)
    made = Certificates(folder / "ca.pem", folder / "node.pem", folder / "node.key")
    made.authority.write_bytes(authority.public_bytes(Encoding.PEM))
    made.certificate.write_bytes(signed.public_bytes(Encoding.PEM))
    made.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return made


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: str, signer: ec.EllipticCurvePrivateKey, *, authority: bool
) -> x509.Certificate:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .sign(signer, SHA256())
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
