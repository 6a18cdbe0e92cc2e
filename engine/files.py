"""A file of the program appears under its name whole, with its bytes on the disk, or not at all.

Where the system can, the bytes are written into a file that has no name yet (Linux: O_TMPFILE), so that not even a
process killed half-way leaves anything behind; elsewhere into a hidden draft in the same folder.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

_NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK)
_DESCRIPTORS = Path("/proc/self/fd")


@contextmanager
def whole_file(path: Path, *, replace: bool, mode: int = 0o666, lasting: bool = True) -> Iterator[BinaryIO]:
    """A file to write, named once the block has ended without an error; ``mode`` as for open(2).

    Not ``lasting``: what can be made again at any time is not waited for until it is on the disk.
    FileExistsError where the name is taken and ``replace`` is not asked for; any other OSError is the true cause.
    """
    draft = path.with_name(f".snagc-{os.getpid()}.draft")
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        nameless = _nameless(path.parent, mode)
        descriptor = _named(draft, mode) if nameless is None else nameless
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            if lasting:
                os.fsync(descriptor)
            if nameless is not None:
                _link(str(_DESCRIPTORS / str(descriptor)), draft if replace else path, folder)
        if replace:
            draft.replace(path)
        elif nameless is None:
            _link_or_rename(draft, path, folder)
        if lasting:
            os.fsync(folder)
    finally:
        draft.unlink(missing_ok=True)
        os.close(folder)


def name_draft(draft: Path, path: Path) -> None:
    """Give a whole file its name, which nothing has yet, its bytes on the disk; the draft's own name may stay."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    file = os.open(draft, os.O_RDONLY)
    try:
        os.fsync(file)
        _link_or_rename(draft, path, folder)
        os.fsync(folder)
    finally:
        os.close(file)
        os.close(folder)


def write_whole(path: Path, data: bytes, *, replace: bool, mode: int = 0o666, lasting: bool = True) -> Path:
    """Write a file so that it is there whole or not at all; see ``whole_file``."""
    with whole_file(path, replace=replace, mode=mode, lasting=lasting) as file:
        file.write(data)
    return path


def append_lasting(path: Path, data: bytes, length: int) -> None:
    """Add bytes to a file behind its first so many, on the disk when this returns; OSError: it ends there as before."""
    new = not path.exists()
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o640)
    try:
        os.ftruncate(descriptor, length)
        try:
            written = 0
            while written < len(data):
                written += os.pwrite(descriptor, data[written:], length + written)
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, length)
            raise
    finally:
        os.close(descriptor)
    if new:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        os.fsync(folder)
        os.close(folder)


def _nameless(folder: Path, mode: int) -> int | None:
    """A new file without a name in a folder; None where the system knows none."""
    if not hasattr(os, "O_TMPFILE") or not _DESCRIPTORS.is_dir():
        return None
    try:
        return os.open(folder, os.O_TMPFILE | os.O_WRONLY, mode)
    except OSError as error:
        if error.errno in (errno.EISDIR, errno.ENOENT, errno.EINVAL, *_NO_LINKS):
            return None
        raise


def _named(draft: Path, mode: int) -> int:
    draft.unlink(missing_ok=True)  # of a process of this number that was killed
    return os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)


def _link(source: str, path: Path, folder: int) -> None:
    """Give a file a (further) name that nothing else has; the folder's descriptor makes linkat follow /proc."""
    os.link(source, path, src_dir_fd=folder)


def _link_or_rename(draft: Path, path: Path, folder: int) -> None:
    try:
        _link(str(draft), path, folder)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
        draft.rename(path)  # a file system without hard links: the look above is the best there is
