"""What snagc signs and proves, judged by Go's own transparency log code (golang.org/x/mod/sumdb: note and tlog).

The judge is ``judge.go`` beside this file. On Debian: apt-get install golang-go golang-golang-x-mod-dev.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.log.checkpoint import checkpoints_of
from engine.log.proof_file import consistency_proof, inclusion_proof
from engine.log.tree import tree_root
from tests.faults.tampering import KEY, SIGNED, THIEF, sound_lines, write_log
from tests.intake.support import opened, states

GO = shutil.which("go")
PACKAGES_OF_DEBIAN = "/usr/share/gocode"
Judge = Callable[[list[dict[str, Any]]], list[str]]
VKEY = KEY.verifier.text


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    """The judge, built: answers to a list of cases."""
    if GO is None:
        pytest.skip("no go here: apt-get install golang-go golang-golang-x-mod-dev, and Go's sumdb judges too")
    program = tmp_path_factory.mktemp("judge") / "judge"
    environment = os.environ | {"GO111MODULE": "off", "GOPATH": f"{program.parent}{os.pathsep}{PACKAGES_OF_DEBIAN}"}
    source = Path(__file__).with_name("judge.go")
    built = subprocess.run(
        [GO, "build", "-o", str(program), str(source)], env=environment, capture_output=True, text=True, check=False
    )
    if "cannot find package" in built.stderr:
        pytest.skip(f"go is here, golang.org/x/mod is not: {built.stderr.strip().splitlines()[-1]}")
    assert built.returncode == 0, built.stderr

    def answers(cases: list[dict[str, Any]]) -> list[str]:
        lines = "".join(json.dumps(case) + "\n" for case in cases)
        ran = subprocess.run([str(program)], input=lines, capture_output=True, text=True, check=True, timeout=60)
        found = ran.stdout.splitlines()
        assert len(found) == len(cases)
        return found

    return answers


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The worked example, signed at 20 and 30."""
    return write_log(tmp_path_factory.mktemp("log") / "log.db", sound_lines())


@pytest.fixture(scope="module")
def proofs(log: Path) -> list[dict[str, Any]]:
    """Every inclusion in both checkpoints, and the consistency of the two."""
    folder = checkpoints_of(str(log))
    with opened(log) as opened_log:
        inclusions = [inclusion_proof(opened_log, folder, at, size) for size in SIGNED for at in range(1, size + 1)]
        return [*inclusions, consistency_proof(opened_log, folder, *SIGNED)]


def note(log: Path, size: int) -> str:
    """A checkpoint's note."""
    return (Path(f"{log}.checkpoints") / f"{size}.note").read_text()


def refused(answers: list[str]) -> bool:
    """Whether all of some cases are bad."""
    return all(answer.startswith("bad: ") for answer in answers)


def test_go_finds_the_same_root_for_every_size(judge: Judge, log: Path) -> None:
    with opened(log) as opened_log:
        events = states(opened_log)
    sizes = range(1, len(events) + 1)
    cases = [{"do": "root", "events": [event.decode() for event in events[:size]]} for size in sizes]
    assert judge(cases) == [tree_root(events[:size]) for size in sizes]


def test_go_signs_to_the_same_bytes(judge: Judge, log: Path) -> None:
    signed = note(log, 20)
    text = signed.partition("\n\n")[0] + "\n"
    (answer,) = judge([{"do": "sign", "skey": KEY.text, "text": text}])
    assert answer.replace("\\n", "\n") == signed


def test_go_opens_the_checkpoints_under_their_key_and_no_other(judge: Judge, log: Path) -> None:
    cases = [{"do": "checkpoint", "vkey": VKEY, "note": note(log, size)} for size in SIGNED]
    assert judge(cases) == ["ok", "ok"]
    assert refused(judge([{**case, "vkey": THIEF.verifier.text} for case in cases]))


def test_go_refuses_a_checkpoint_with_any_bit_of_its_text_flipped(judge: Judge, log: Path) -> None:
    signed = note(log, 20)
    end = signed.index("\n\n") + 1
    cases = [{"do": "checkpoint", "vkey": VKEY, "note": signed[:at] + other + signed[at + 1 :]}
             for at in range(end) for other in _one_bit_off(signed[at])]  # fmt: skip
    assert len(cases) == 7 * end
    assert refused(judge(cases))


def test_go_accepts_every_proof(judge: Judge, proofs: list[dict[str, Any]]) -> None:
    answers = judge([{"do": "proof", "vkey": VKEY, "proof": proof} for proof in proofs])
    assert answers == ["ok"] * (sum(SIGNED) + 1)


def test_go_refuses_every_proof_with_a_bit_changed(judge: Judge, proofs: list[dict[str, Any]]) -> None:
    spoilt = [other for proof in proofs for other in _spoilt(proof)]
    assert len(spoilt) > 1_000
    assert refused(judge([{"do": "proof", "vkey": VKEY, "proof": proof} for proof in spoilt]))


def _spoilt(proof: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A proof with one digit of each node changed, and of its event a character, of its position one."""
    path = proof["path"]
    for number, node in enumerate(path):
        for at in (0, 63):
            other = f"{int(node[at], 16) ^ 1:x}"
            yield proof | {"path": [*path[:number], node[:at] + other + node[at + 1 :], *path[number + 1 :]]}
        yield proof | {"path": [*path[:number], *path[number + 1 :]]}
    if proof["kind"] == "inclusion":
        event = proof["event"]
        for at in range(0, len(event), 50):
            yield proof | {"event": event[:at] + chr(ord(event[at]) ^ 1) + event[at + 1 :]}
        yield proof | {"position": proof["position"] ^ 1}


def _one_bit_off(character: str) -> list[str]:
    return [chr(ord(character) ^ 1 << bit) for bit in range(7)]
