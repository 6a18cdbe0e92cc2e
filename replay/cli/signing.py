"""snagc keys, checkpoint and timestamp: the log's head signed, in files that others can check.

Cryptography is imported where it is used: the other commands start without it.
"""

import os
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.errors import BrokenLogError, RequestError
from engine.files import write_whole
from engine.text import counted
from replay.cli import options
from replay.cli.common import guarded, opened
from replay.cli.keyring import configured_keys, key_folder
from replay.cli.outputs import planned
from replay.cli.printing import print_json, say, tell

if TYPE_CHECKING:
    from engine.log.checkpoint import NoteFile
    from engine.log.note import SignedNote, SignerKey

_READABLE_BY_OTHERS = 0o077


@guarded
def keys(
    out: Annotated[str | None, typer.Option(help="Folder for the key; default: snagc in your configuration.")] = None,
    name: Annotated[
        str, typer.Option(help="Name under which others know the log, like example.org/heart-log.")
    ] = "snagc-log",
    force: Annotated[bool, typer.Option("--force", help="Even into a folder that holds a log.")] = False,
    json: options.Json = False,
) -> None:
    """Make a key pair that signs checkpoints; prints the verifier key, to be given to whoever checks the log.

    The private key never leaves NAME.key (mode 0600). Whoever holds both key and log can rewrite the past:
    keep them apart.

    Example: snagc keys --name example.org/heart-log
    """
    from engine.log.note import SignerKey, checked_name

    folder = Path(out) if out else key_folder()
    key = SignerKey(checked_name(name), secrets.token_bytes(32))
    if not force:
        _refuse_beside_a_log(folder)
    key_file, verifier_file = _write_pair(folder, key)
    if json:
        print_json({
            "name": name, "key_file": str(key_file), "verifier_file": str(verifier_file), "vkey": key.verifier.text,
        })  # fmt: skip
        return
    tell(f"private key {key_file}")
    tell(f"verifier key {verifier_file}")
    say(key.verifier.text)


def _write_pair(folder: Path, key: "SignerKey") -> tuple[Path, Path]:
    stem = key.name.replace("/", "_").replace("\\", "_")
    key_file, verifier_file = folder / f"{stem}.key", folder / f"{stem}.vkey"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for file in (key_file, verifier_file):
            if os.path.lexists(file):
                raise FileExistsError(None, None, str(file))
        write_whole(key_file, f"{key.text}\n".encode(), replace=False, mode=0o600)
        write_whole(verifier_file, f"{key.verifier.text}\n".encode(), replace=False, mode=0o644)
    except FileExistsError as error:
        raise RequestError(
            f"{error.filename} is there already: a key is never overwritten, take another --name or --out"
        ) from None
    except OSError as error:
        raise RequestError(f"cannot write keys in {folder} ({error.strerror}): name another folder, --out") from None
    return key_file, verifier_file


def _refuse_beside_a_log(folder: Path) -> None:
    from engine.log.evidence import is_log_file

    for found in sorted(folder.iterdir()) if folder.is_dir() else []:
        if is_log_file(found) or found.suffix == ".note":
            raise RequestError(
                f"{folder} holds a log or its checkpoints ({found.name}): a key kept beside what it signs proves "
                "nothing; name another folder with --out, or insist with --force"
            )


@guarded
def checkpoint(
    key: Annotated[str, typer.Option(envvar="SNAGC_KEY", help="The private key's file.", metavar="FILE")],
    log: options.Log = None,
    out: Annotated[str | None, typer.Option(help="A copy of the checkpoint, to be kept elsewhere.")] = None,
    timestamp_request: Annotated[
        str | None, typer.Option(help="Write an RFC 3161 request for the checkpoint here.", metavar="FILE")
    ] = None,
    force: options.Force = False,
    json: options.Json = False,
) -> None:
    """Sign the log as it is: size, root, import records, quarantine. The note is kept in LOG.checkpoints.

    The log is verified first: what snagc verify would call broken is not signed.

    Send the timestamp request to an authority as application/timestamp-query; snagc timestamp takes its answer.

    Example: snagc checkpoint --key ~/.config/snagc/example.org_heart-log.key --out /mnt/elsewhere/heart.note
    """
    from engine.log.beside import CHECKPOINTS
    from engine.log.checkpoint import CheckpointFolder, sign_head

    signer = _signer(key)
    copy = planned(out, log, [key], force=force)
    request = planned(timestamp_request, log, [key, *([out] if out else [])], force=force)
    with opened(log) as opened_log:
        _refuse_a_broken_log(str(log), signer)
        note, place = sign_head(opened_log, CheckpointFolder(opened_log.store.folder(CHECKPOINTS)), signer)
    if copy is not None:
        copy.write(note.data)
    if request is not None:
        from engine.log.timestamps import timestamp_request as request_for

        request.write(request_for(note.data))
    _show(note, place, json)


def _refuse_a_broken_log(log: str, signer: "SignerKey") -> None:
    from replay.audit.verification.heads import Trust
    from replay.audit.verification.verify import verify_file

    known = configured_keys()
    fault = verify_file(log, Trust([*known, signer.verifier] if known else [])).first
    if fault is not None:
        raise BrokenLogError(f"the log is broken at {fault.where}: {fault.message}; nothing is signed")


def _signer(path: str) -> "SignerKey":
    from engine.log.note import SignerKey

    try:
        key = SignerKey.parse(Path(path).read_text())
        if Path(path).stat().st_mode & _READABLE_BY_OTHERS:
            tell(f"snagc: others can read {path}: chmod 600 it")
    except (OSError, UnicodeDecodeError) as error:
        raise RequestError(f"cannot read the key {path} ({error}): make one with snagc keys") from None
    return key


def _show(note: "SignedNote", place: str, json: bool) -> None:
    from replay.reports.checkpoints import checkpoint_document

    if json:
        print_json(checkpoint_document(note, place))
        return
    tell(f"{place}: keep a copy elsewhere")
    sys.stdout.buffer.write(note.data)


@guarded
def timestamp(
    response: Annotated[str, typer.Argument(help="The authority's answer (application/timestamp-reply).")],
    certificates: Annotated[str, typer.Option(help="PEM certificates that vouch for it.", metavar="FILE")],
    log: options.Log = None,
    size: Annotated[int | None, typer.Option(help="Which checkpoint it is of; default: the last one.")] = None,
    json: options.Json = False,
) -> None:
    """Take an RFC 3161 timestamp of a checkpoint: checked, then kept beside it as SIZE.tsr.

    Example: snagc timestamp 20.tsr --log heart.db --certificates authority.pem
    """
    from engine.log.checkpoint import checkpoints_of
    from engine.log.timestamps import timestamped_at

    with opened(log):  # a log that is lost or damaged takes no timestamps
        folder = checkpoints_of(str(log))
    chosen = _checkpoint_of(folder.sizes(), size)
    note = folder.at(chosen)
    assert note is not None, "its size was listed"
    answer = read_file(response)
    at = timestamped_at(note.data, answer, read_file(certificates))
    place = folder.keep_timestamp(note, answer)
    if json:
        print_json({"file": place, "size": chosen, "timestamp": at})
    else:
        say(f"{place}: the checkpoint of {counted(chosen, 'event')} existed at {at}")


def _checkpoint_of(sizes: list[int], size: int | None) -> int:
    if not sizes:
        raise RequestError("there is no checkpoint yet: sign one with snagc checkpoint")
    if size is not None and size not in sizes:
        raise RequestError(f"no checkpoint of size {size}: there are {sizes}; see snagc checkpoint")
    return sizes[-1] if size is None else size


def read_file(path: str) -> bytes:
    """A file named on the command line."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise RequestError(f"cannot read {path}: {error.strerror}") from None


def note_files(paths: list[str] | None) -> list["NoteFile"]:
    """Checkpoints named on the command line."""
    from engine.log.checkpoint import read_note_file

    try:
        return [read_note_file(Path(path)) for path in paths or []]
    except OSError as error:
        raise RequestError(f"cannot read the checkpoint {error.filename}: {error.strerror}") from None
