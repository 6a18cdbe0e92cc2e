"""Every output of the program against everything that could be there: what is kept is never written over."""

import ast
import atexit
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
import typer

from engine.files import whole_file
from replay.cli import demonstration
from replay.cli.app import app
from tests.intake.support import opened
from tests.replay.command import ROOT, RUN, refused, snagc, told
from tests.replay.reports.sheet_pairs import PAIRS, USUAL
from tests.replay.reports.test_sheet import csv_of

Words = list[object]


@dataclass
class Scene:
    """A folder with a log, a key, a sheet and further files; ``ending`` is that of the command's outputs."""

    folder: Path
    ending: str
    inputs: dict[str, Path] = field(default_factory=dict)

    @property
    def log(self) -> Path:
        """The log, named so that its own ending is one that the command writes."""
        return self.folder / f"heart{self.ending}"

    def file(self, name: str, data: bytes = b"kept") -> Path:
        """A further file."""
        path = self.folder / f"{name}{self.ending}"
        path.write_bytes(data)
        return path

    def files(self) -> dict[Path, bytes]:
        """All that is there, but for the empty files that SQLite keeps while a log is open."""
        found = {path: path.read_bytes() for path in sorted(self.folder.rglob("*")) if path.is_file()}
        return {path: data for path, data in found.items() if data.strip(b"\0") and not path.name.endswith("-shm")}


COMMANDS: dict[tuple[str, str], tuple[str, Callable[[Scene, object], Words]]] = {
    ("export", "out"): (".csv", lambda scene, out: ["export", "events", "--out", out]),
    ("dossier", "out"): (".html", lambda scene, out: ["dossier", "O1", "--out", out]),
    ("prove inclusion", "out"): (".json", lambda scene, out: ["prove", "inclusion", 1, "--out", out]),
    ("prove consistency", "out"): (".json", lambda scene, out: ["prove", "consistency", 1, 2, "--out", out]),
    ("checkpoint", "out"): (".note", lambda scene, out: ["checkpoint", "--key", scene.inputs["key"], "--out", out]),
    ("checkpoint", "timestamp_request"): (
        ".tsq",
        lambda scene, out: ["checkpoint", "--key", scene.inputs["key"], "--timestamp-request", out],
    ),
    ("import-sheet", "out"): (".ndjson", lambda scene, out: ["import-sheet", scene.inputs["sheet"], "--out", out]),
}
"""Every option that names a file to write, with an ending it takes; folders and logs are in the tests below."""

FOLDERS = {("keys", "out"), ("demo", "folder"), ("simulate", "out")}
"""Options that name a folder in which files are made."""

LOGS = {("ingest", "log"), ("import-sheet", "log"), ("copy-log", "target")}
"""Options that make a log where there is none: see tests/log/test_copying and tests/faults/test_lost_logs."""

READ = {
    "file", "files", "key", "vkey", "checkpoint", "certificates", "response", "rules", "log", "offer", "candidate",
    "candidate_id", "donor", "offer_id", "actor", "known_at", "at", "from_", "to", "ruleset", "readings", "a", "b",
    "name", "centre", "worksheet", "reason", "source", "config", "sub", "scope", "host", "format_",
    "patients", "unknown_patients", "authority", "value", "scheduler", "policy",
    "arrivals", "rates",
}  # fmt: skip
"""Texts that name nothing to be written: inputs, ids, times, readings. Whoever adds an option decides which it is."""


def texts(group: typer.Typer = app, prefix: str = "") -> list[tuple[str, str]]:
    """Command and name of every parameter that takes a free text, and so could name a file."""
    found: list[tuple[str, str]] = []
    for command in group.registered_commands:
        assert command.callback is not None
        hints = get_type_hints(command.callback)
        found += [(f"{prefix}{command.name}", name) for name, hint in hints.items() if {str, Path} & parts_of(hint)]
    for sub in group.registered_groups:
        assert sub.typer_instance is not None
        name = sub.name if isinstance(sub.name, str) else sub.typer_instance.info.name
        found += texts(sub.typer_instance, f"{prefix}{name} ")
    return found


def parts_of(hint: Any) -> set[Any]:
    """The types an annotation names."""
    return {hint, *(part for each in get_args(hint) for part in parts_of(each))}


def test_every_option_that_could_name_a_file_to_write_is_in_the_table() -> None:
    known = {*COMMANDS, *FOLDERS, *LOGS}
    found = texts()
    assert {("export", "out"), ("checkpoint", "key"), ("rank", "offer"), ("demo", "folder")} <= set(found)
    assert known <= set(found), "the table names options that are gone"
    assert [each for each in found if each not in known and each[1] not in READ] == []


WRITERS = ("write_bytes", "write_text", "touch", "copyfile", "copy2", "copytree", "NamedTemporaryFile", "mkstemp")


def writes(node: ast.AST) -> bool:
    """Whether it is the mode of a file that is written."""
    mode = node.value if isinstance(node, ast.Constant) else None
    return isinstance(mode, str) and re.fullmatch(r"[rbt]*[wax+][bt+]*", mode) is not None


def writes_itself(tree: ast.Module) -> list[str]:
    """Calls that write a file past the one function for it."""
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        opens = name in ("open", "fdopen") and any(map(writes, ast.walk(node)))
        copies = name in (
            "write_bytes",
            "write_text",
            "touch",
            "copyfile",
            "copy2",
            "copytree",
            "O_CREAT",
            "NamedTemporaryFile",
        )
        found += [name] if opens or copies else []
    return found


def test_no_module_but_one_writes_a_file() -> None:
    paths = [path for package in ("engine", "projections", "replay") for path in (ROOT / package).rglob("*.py")]
    found = {
        path.relative_to(ROOT).as_posix(): writes_itself(ast.parse(path.read_text(encoding="utf-8"))) for path in paths
    }
    to_its_own_output = "replay/service/worker.py"
    assert {name for name, calls in found.items() if calls} == {"engine/files.py", to_its_own_output}


def make_scene(folder: Path, ending: str) -> Scene:
    """A log signed once, the key that signed it, and a sheet, in a folder."""
    shutil.copytree(prepared(ending), folder, dirs_exist_ok=True)
    inputs = {"key": folder / "keys" / "snagc-log.key", "sheet": folder / "pairs.csv"}
    return Scene(folder, ending, inputs)


@cache
def prepared(ending: str) -> Path:
    """Such a folder, made once for each ending."""
    folder = Path(tempfile.mkdtemp(prefix="snagc-scene-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    scene = Scene(folder, ending)
    told().kept_at(scene.log)
    assert snagc("keys", "--out", folder / "keys").exit_code == 0
    assert snagc("checkpoint", "--key", folder / "keys" / "snagc-log.key", "--log", scene.log).exit_code == 0
    csv_of(folder, [USUAL | next(iter(PAIRS.values()))])
    return folder


def linked(scene: Scene, target: Path, *, hard: bool = False) -> Path:
    """Another name of a file."""
    link = scene.folder / f"other-name{scene.ending}"
    if hard:
        link.hardlink_to(target)
    else:
        link.symlink_to(target)
    return link


def relative(scene: Scene) -> Path:
    """The log by a way around."""
    return scene.folder / "keys" / ".." / scene.log.name


def in_checkpoints(scene: Scene, name: str) -> Path:
    """A file beside the log's checkpoints."""
    return Path(f"{scene.log}.checkpoints") / name


def copied(scene: Scene, source: Path) -> Path:
    """A copy elsewhere, known by its bytes alone."""
    return scene.file("copy", source.read_bytes())


PEM = b"-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n"
JWK = b'{"kty": "OKP", "crv": "Ed25519", "d": "AAAA"}'
KEPT: dict[str, Callable[[Scene], Path]] = {
    "the log": lambda scene: scene.log,
    "the log by a way around": relative,
    "the log in other letters": lambda scene: scene.folder / f"HEART{scene.ending.upper()}",
    "another log": lambda scene: Path(told().kept_at(scene.folder / f"other{scene.ending}")),
    "a symbolic link to the log": lambda scene: linked(scene, scene.log),
    "a hard link to the log": lambda scene: linked(scene, scene.log, hard=True),
    "a wal": lambda scene: scene.folder / "lost.db-wal",
    "the log's wal": lambda scene: Path(f"{scene.log}-wal"),
    "the log's shm": lambda scene: Path(f"{scene.log}-shm"),
    "a wal under another name": lambda scene: scene.file("wal", b"\x37\x7f\x06\x82" + bytes(28)),
    "a checkpoint": lambda scene: next(in_checkpoints(scene, "").glob("*.note")),
    "a link to a checkpoint": lambda scene: linked(scene, next(in_checkpoints(scene, "").glob("*.note"))),
    "a hard link to leaf hashes": lambda scene: linked(scene, in_checkpoints(scene, "leaf-hashes"), hard=True),
    "a new file among the checkpoints": lambda scene: in_checkpoints(scene, f"99{scene.ending}"),
    "a link that leads to a new file there": lambda scene: linked(scene, in_checkpoints(scene, "99.note")),
    "the name of saved states": lambda scene: Path(f"{scene.log}.states"),
    "a copy of a checkpoint": lambda scene: copied(scene, next(in_checkpoints(scene, "").glob("*.note"))),
    "the private key": lambda scene: scene.inputs["key"],
    "a link to the private key": lambda scene: linked(scene, scene.inputs["key"]),
    "a copy of the private key": lambda scene: copied(scene, scene.inputs["key"]),
    "the verifier key": lambda scene: scene.inputs["key"].with_suffix(".vkey"),
    "a key of another program": lambda scene: scene.file("tls", PEM),
    "a key of the service": lambda scene: scene.file("jwk", JWK),
    "a folder": lambda scene: scene.folder / "keys",
    "a device": lambda scene: Path("/dev/full"),
    "a link to a device": lambda scene: linked(scene, Path("/dev/full")),
    "a folder that is not there": lambda scene: scene.folder / "nowhere" / f"x{scene.ending}",
    "a folder nobody can write to": lambda scene: Path(f"/proc/x{scene.ending}"),
}


@pytest.mark.parametrize("force", [False, True], ids=["", "force"])
@pytest.mark.parametrize("option", COMMANDS, ids=" ".join)
def test_what_is_kept_is_never_written_over(tmp_path: Path, option: tuple[str, str], force: bool) -> None:
    ending, words = COMMANDS[option]
    for number, (name, kept) in enumerate(KEPT.items()):
        (folder := tmp_path / str(number)).mkdir()
        scene = make_scene(folder, ending)
        target = kept(scene)
        before = scene.files()
        result = snagc(*words(scene, target), *(["--force"] if force else []), "--log", scene.log)
        assert (result.exit_code, result.stdout) == (2, ""), (name, result.output)
        assert result.stderr.startswith(("snagc: ", "Usage")), name
        assert scene.files() == before, name


@pytest.mark.parametrize("option", COMMANDS, ids=" ".join)
def test_an_ordinary_file_is_replaced_where_that_is_asked_for_and_only_there(
    tmp_path: Path, option: tuple[str, str]
) -> None:
    ending, words = COMMANDS[option]
    scene = make_scene(tmp_path, ending)
    there = scene.file("there")
    command = [*words(scene, there), "--log", scene.log]
    before = scene.files()
    assert "--force" in refused(*command)
    assert scene.files() == before
    assert snagc(*command, "--force").exit_code == 0
    after = scene.files()
    if option[0] == "import-sheet":  # it takes the sheet's events into the log
        assert after.pop(scene.log) != before.pop(scene.log)
    assert after.pop(there) != before.pop(there)
    assert after == before
    fresh = scene.folder / f"fresh{ending}"
    assert snagc(*words(scene, fresh), "--log", scene.log).exit_code == 0
    assert fresh.stat().st_mode & 0o777 == 0o666 & ~_umask()


def _umask() -> int:
    now = os.umask(0)
    os.umask(now)
    return now


def test_the_sheet_and_the_key_of_the_same_command_are_not_written_over_whatever_they_hold(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, ".csv")
    sheet = scene.inputs["sheet"]
    assert "reads it" in refused("import-sheet", sheet, "--out", sheet, "--force")
    assert "reads it" in refused("import-sheet", sheet, "--out", linked(scene, sheet), "--force")
    new = tmp_path / "new.db"
    assert "it is the log" in refused("import-sheet", sheet, "--log", new, "--out", new)
    assert not new.exists()


def test_two_outputs_of_one_command_are_two_files_and_nothing_is_signed_where_one_cannot_be_written(
    tmp_path: Path,
) -> None:
    scene = make_scene(tmp_path, ".note")
    in_checkpoints(scene, "22.note").unlink()
    out, before = tmp_path / "a", scene.files()
    words = ("checkpoint", "--key", scene.inputs["key"], "--log", scene.log, "--out", out, "--timestamp-request")
    refused(*words, out, "--force")
    refused(*words, scene.log, "--force")
    assert scene.files() == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("export", "events", "--out", "x.csv", "--format", "xlsx"), "make them agree"),
        (("export", "events", "--out", "x.html"), ".csv, .parquet, .xlsx"),
        (("export", "events", "--out", "x"), "--format"),
        (("dossier", "O1", "--out", "x.pdf", "--json"), "make them agree"),
        (("dossier", "O1", "--format", "html", "--json"), "leave one out"),
        (("dossier", "O1", "--out", "x.pdf", "--format", "html"), "make them agree"),
        (("dossier", "O1", "--out", "x.txt"), ".html, .pdf, .json"),
    ],
)
def test_the_ending_of_an_output_names_its_format(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    scene = make_scene(tmp_path, ".db")
    monkeypatch.chdir(tmp_path)
    assert said in refused(*words, "--log", scene.log)
    assert snagc("export", "runs", "--out", "runs.XLSX", "--log", scene.log).exit_code == 0
    assert Path("runs.XLSX").read_bytes().startswith(b"PK")
    assert snagc("dossier", "O1", "--out", "d.json", "--log", scene.log).exit_code == 0
    assert Path("d.json").read_bytes().startswith(b"{")


@pytest.mark.parametrize(
    "words",
    [
        ("export", "events", "--out", "x.csv"),
        ("export", "events", "--out", "x.xlsx"),
        ("export", "events", "--out", "x.parquet"),
        ("dossier", "O1", "--out", "x.pdf"),
        ("prove", "consistency", "1", "2", "--out", "x.json"),
    ],
    ids=" ".join,
)
def test_where_the_disk_is_full_the_cause_is_said_and_nothing_is_left(tmp_path: Path, words: tuple[str, ...]) -> None:
    scene = make_scene(tmp_path, ".db")
    (tmp_path / "x.csv").write_bytes(b"there")
    before = scene.files()
    with opened(scene.log, create=False) as log:  # or the limit would hit SQLite's own -shm first
        log.head()
        done = subprocess.run(
            [sys.executable, "-c", RUN, *words, "--log", str(scene.log), "--force"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},  # or it keeps code cut short
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert "File too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 1
    assert scene.files() == before


def break_off(path: Path, replace: bool) -> None:
    """Write half a file."""
    with whole_file(path, replace=replace) as file:
        file.write(b"half")
        raise KeyError


@pytest.mark.parametrize("nameless", [True, False], ids=["without a name at first", "as a draft"])
def test_a_file_whose_writing_breaks_off_is_not_there(
    tmp_path: Path, nameless: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not nameless:
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    for replace in (False, True):
        with pytest.raises(KeyError):
            break_off(tmp_path / "x", replace)
        assert list(tmp_path.iterdir()) == []
        with whole_file(tmp_path / "x", replace=replace) as file:
            file.write(b"whole")
        assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("x", b"whole")]
        if not replace:
            with pytest.raises(FileExistsError), whole_file(tmp_path / "x", replace=False) as file:
                file.write(b"another")
            assert (tmp_path / "x").read_bytes() == b"whole"
        (tmp_path / "x").unlink()


def test_the_demonstration_s_feed_is_an_output_like_any_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demonstration, "generate", lambda *_: iter([{"id": "a year would take its time"}]))
    feed = tmp_path / "national-2025-7.ndjson"
    feed.write_bytes(b"{}\n")
    result = snagc("demo", "--folder", tmp_path, "--seed", 7)
    assert (result.exit_code, feed.read_bytes()) == (2, b"{}\n")
    assert "--force" in result.stderr
    feed.unlink()
    feed.symlink_to(told().kept_at(tmp_path / "heart.db"))
    before = (tmp_path / "heart.db").read_bytes()
    refusal = snagc("demo", "--folder", tmp_path, "--seed", 7, "--force")
    assert (refusal.exit_code, (tmp_path / "heart.db").read_bytes()) == (2, before)
    assert "a log" in refusal.stderr
