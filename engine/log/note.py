"""C2SP signed notes with Ed25519, to the byte as Go's x/mod/sumdb/note writes and reads them.

A note is a text that ends in a newline, an empty line, and a line ``— NAME BASE64`` for each signature: the
base64 of the key's hash (4 bytes) and the Ed25519 signature of the text. Keys are lines of text too:

    verifier key   NAME+HASH+BASE64(0x01 || public key)            HASH: 8 hexadecimal digits
    signer key     PRIVATE+KEY+NAME+HASH+BASE64(0x01 || seed)

Stricter than Go in one point: base64 has one spelling only, so that no bit of a note is without meaning.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from engine.errors import BrokenLogError, RequestError

_ED25519 = b"\x01"
_KEY_BYTES, _HASH_BYTES = 32, 4
_NAME = re.compile(r"[^\s+\x00-\x1f\x7f\ud800-\udfff]{1,200}")
_SIGNATURE_LINE = re.compile(r"\u2014 ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_MOST_SIGNATURES = 100


def to_base64(data: bytes) -> str:
    """Standard base64, padded."""
    return base64.b64encode(data).decode()


def from_base64(text: str) -> bytes:
    """The bytes a base64 text writes; ValueError unless it is their one spelling."""
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None
    if to_base64(data) != text:
        raise ValueError("another spelling than the canonical one")
    return data


def checked_name(name: str) -> str:
    """The name of a key: no blank, no plus, no control character."""
    if not _NAME.fullmatch(name):
        raise RequestError(f"{name!r} cannot name a key: no blank and no +, like example.org/heart-log")
    return name


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key and its name: what a signature is checked with."""

    name: str
    public: bytes

    @property
    def hash(self) -> bytes:
        """The four bytes that tell keys of one name apart: SHA-256(name || 0x0A || 0x01 || public key)[:4]."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:_HASH_BYTES]

    @property
    def text(self) -> str:
        """The verifier key as a line of text."""
        return f"{self.name}+{self.hash.hex()}+{to_base64(_ED25519 + self.public)}"

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """The key a line writes; RequestError where it writes none."""
        name, written_hash, public = _key_parts(text.strip(), "verifier key")
        key = cls(name, public)
        if key.hash.hex() != written_hash:
            raise RequestError(f"verifier key {text.strip()!r}: its hash is {key.hash.hex()}: copy it again")
        return key

    def holds(self, text: str, signature: bytes) -> bool:
        """Whether the signature of the text is this key's."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True, repr=False)
class SignerKey:
    """A private key and its name: what signs notes. Its seed never stands in a message."""

    name: str
    seed: bytes

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        return VerifierKey(self.name, Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw())

    @property
    def text(self) -> str:
        """The private key as a line of text: keep it secret."""
        return f"PRIVATE+KEY+{self.name}+{self.verifier.hash.hex()}+{to_base64(_ED25519 + self.seed)}"

    @classmethod
    def parse(cls, text: str) -> "SignerKey":
        """The key a line writes; RequestError where it writes none."""
        marked = text.strip()
        if not marked.startswith("PRIVATE+KEY+"):
            raise RequestError("this is no private key: it begins PRIVATE+KEY+, as snagc keys writes it")
        name, written_hash, seed = _key_parts(marked.removeprefix("PRIVATE+KEY+"), "private key", secret=True)
        key = cls(name, seed)
        if key.verifier.hash.hex() != written_hash:
            raise RequestError(f"private key {name}: its hash does not fit: restore the file, or make another key")
        return key

    def sign(self, text: str) -> "Signature":
        """The signature of a text that ends in a newline."""
        return Signature(
            self.name, self.verifier.hash, Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())
        )


def _key_parts(text: str, what: str, *, secret: bool = False) -> tuple[str, str, bytes]:
    name, _, rest = text.partition("+")
    written_hash, _, written = rest.partition("+")
    try:
        key = from_base64(written)
    except ValueError:
        key = b""
    if not _NAME.fullmatch(name) or len(key) != 1 + _KEY_BYTES or key[:1] != _ED25519:
        shown = "" if secret else f" {text!r}"
        raise RequestError(f"this is no Ed25519 {what}{shown}: it reads NAME+HASH+BASE64, as snagc keys writes it")
    return name, written_hash, key[1:]


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature line: who says to have signed, with which key, and the signature itself."""

    name: str
    key_hash: bytes
    signature: bytes

    @property
    def line(self) -> str:
        """As it stands in a note."""
        return f"\u2014 {self.name} {to_base64(self.key_hash + self.signature)}\n"


@dataclass(frozen=True, slots=True)
class SignedNote:
    """A text and its signatures, some perhaps of keys nobody here knows."""

    text: str
    signatures: tuple[Signature, ...]

    @property
    def data(self) -> bytes:
        """The note as a file holds it."""
        return (self.text + "\n" + "".join(signature.line for signature in self.signatures)).encode()

    @classmethod
    def parse(cls, data: bytes) -> "SignedNote":
        """The note in a file; BrokenLogError says where it is none."""
        try:
            whole = data.decode("utf-8")
        except UnicodeDecodeError:
            raise BrokenLogError(_malformed("it is not UTF-8")) from None
        if _CONTROL.search(whole):
            raise BrokenLogError(_malformed("it holds a control character"))
        text, blank, lines = whole.rpartition("\n\n")
        if not blank or not lines.endswith("\n"):
            raise BrokenLogError(_malformed("no empty line and signatures at its end"))
        signatures = tuple(_signature(line) for line in lines[:-1].split("\n"))
        if len(signatures) > _MOST_SIGNATURES:
            raise BrokenLogError(_malformed(f"more than {_MOST_SIGNATURES} signatures"))
        return cls(text + "\n", signatures)

    def signers(self, keys: Iterable[VerifierKey]) -> tuple[VerifierKey, ...]:
        """The known keys that signed; BrokenLogError if none did, or if a known key's signature is false."""
        known = {(key.name, key.hash): key for key in keys}
        found: dict[VerifierKey, None] = {}
        for signature in self.signatures:
            key = known.get((signature.name, signature.key_hash))
            if key is None:
                continue
            if not key.holds(self.text, signature.signature):
                raise BrokenLogError(f"the signature of {key.name} is false: the text is not what that key signed")
            found[key] = None
        if not found:
            claimed = ", ".join(f"{s.name}+{s.key_hash.hex()}" for s in self.signatures)
            raise BrokenLogError(f"signed by no known key (only {claimed}): give its verifier key if you trust it")
        return tuple(found)


def _signature(line: str) -> Signature:
    match = _SIGNATURE_LINE.fullmatch(line)
    try:
        data = from_base64(match[2]) if match else b""
    except ValueError:
        data = b""
    if match is None or len(data) <= _HASH_BYTES:
        raise BrokenLogError(_malformed(f"{line[:60]!r} is not a signature line"))
    return Signature(match[1], data[:_HASH_BYTES], data[_HASH_BYTES:])


def _malformed(why: str) -> str:
    return f"not a signed note ({why}): restore it from a copy kept elsewhere"
