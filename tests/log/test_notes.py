"""Signed notes: the published example to the byte, what is no note or no key, and no bit without meaning."""

import pytest

from engine.errors import BrokenLogError, RequestError
from engine.log.note import SignedNote, SignerKey, VerifierKey, checked_name

SKEY = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
LINE = (
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
OTHER_LINE = (
    "\u2014 EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
)
"""The example in the documentation of Go's x/mod/sumdb/note."""


def note(text: str = TEXT, *lines: str) -> bytes:
    """The bytes of a note."""
    return (text + "\n" + "".join(lines or (LINE,))).encode()


def test_the_published_key_signs_the_published_text_as_published() -> None:
    signer = SignerKey.parse(SKEY)
    assert signer.verifier.text == VKEY
    assert signer.text == SKEY
    assert SignedNote(TEXT, (signer.sign(TEXT),)).data == note()


def test_the_published_notes_are_read_and_their_signer_found() -> None:
    for data in (note(), note(TEXT, LINE, OTHER_LINE), note(TEXT, OTHER_LINE, LINE)):
        read = SignedNote.parse(data)
        assert (read.text, read.data) == (TEXT, data)
        assert read.signers([VerifierKey.parse(VKEY)]) == (VerifierKey.parse(VKEY),)


def test_a_note_without_a_known_key_is_refused_by_naming_who_claims_to_have_signed() -> None:
    stranger = SignerKey("PeterNeumann", bytes(32)).verifier
    for known in ([], [stranger]):
        with pytest.raises(BrokenLogError, match=r"PeterNeumann\+c74f20a3"):
            SignedNote.parse(note()).signers(known)


def test_a_false_signature_of_a_known_key_spoils_the_note_whoever_else_signed() -> None:
    false = LINE.replace("ZJku", "ZJkv")
    with pytest.raises(BrokenLogError, match="false"):
        SignedNote.parse(note(TEXT, LINE, false)).signers([VerifierKey.parse(VKEY)])


def test_no_bit_of_a_note_can_be_flipped() -> None:
    data, key = note(), VerifierKey.parse(VKEY)
    for bit in range(8 * len(data)):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(BrokenLogError):
            SignedNote.parse(bytes(flipped)).signers([key])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        TEXT.encode(),
        (TEXT + "\n").encode(),
        note()[:-1],
        note() + b"\n",
        note().replace(b"\n\n", b"\n"),
        note(TEXT + "\r\n"),
        note(TEXT + "\x00\n"),
        note() + b"\xff",
        note(TEXT, "- PeterNeumann x08go/ZJ\n"),
        note(TEXT, "\u2014 PeterNeumann\n"),
        note(TEXT, "\u2014 PeterNeumann x08gow==\n"),
        note(TEXT, "\u2014 Peter Neumann x08go/ZJkuBS\n"),
        note(TEXT, "\u2014 PeterNeumann x08go/ZJkuB\n"),
        note(TEXT, *[LINE] * 101),
    ],
)
def test_what_is_no_note_is_refused(data: bytes) -> None:
    with pytest.raises(BrokenLogError, match="not a signed note"):
        SignedNote.parse(data)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "PeterNeumann",
        VKEY[:-4],
        VKEY.replace("c74f20a3", "c74f20a4"),
        VKEY.replace("PeterNeumann", "PeterNewmann"),
        VKEY.replace("+ARpc", "+BRpc"),
        VKEY.replace("D1", "D2")[:-1] + "X",
        VKEY.replace("Peter", "Peter "),
    ],
)
def test_what_is_no_verifier_key_is_refused(text: str) -> None:
    with pytest.raises(RequestError):
        VerifierKey.parse(text)


@pytest.mark.parametrize(
    "text", ["", VKEY, SKEY[:-4], SKEY.replace("c74f20a3", "00000000"), SKEY.replace("AYEK", "AYEL")]
)
def test_what_is_no_private_key_is_refused_and_never_quoted(text: str) -> None:
    with pytest.raises(RequestError) as refusal:
        SignerKey.parse(text)
    assert "YEKF" not in str(refusal.value)


def test_a_private_key_is_not_shown_by_its_representation() -> None:
    assert "seed" not in repr(SignerKey.parse(SKEY))


@pytest.mark.parametrize("name", ["", "two words", "a+b", "tab\t", "line\n", "nul\x00", "x" * 201])
def test_a_name_that_cannot_stand_in_a_note_is_refused(name: str) -> None:
    with pytest.raises(RequestError, match="name"):
        checked_name(name)
