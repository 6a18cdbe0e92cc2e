"""What ``verify`` finds wrong, and cannot show, is said in the page's language, in sentences known by their English."""

import re
from contextlib import closing
from pathlib import Path

import pytest

from engine.errors import BrokenLogError
from engine.log.eventlog import EventLog
from replay.audit.verification.heads import Trust
from replay.audit.verification.verify import verify_file
from replay.pages.faults import LIST, SENTENCES, verify_said
from replay.pages.page import said, words_of
from tests.faults import tampering as t
from tests.faults.test_tampering import DEFECTS, Defect, changed_value
from tests.long import examples

LEFT_ENGLISH = (1, 7)
"""Steps that say what SQLite and the intake say, which have no other language."""
EN, FR = words_of("en"), words_of("fr")


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return t.write_log(tmp_path_factory.mktemp("sound") / "heart.db", t.sound_lines())


@pytest.mark.parametrize("defect", DEFECTS[:: examples(4, 1)], ids=lambda defect: defect.name)
def test_a_damage_is_said_in_french(defect: Defect, log: Path, tmp_path: Path) -> None:
    copy = t.copied(log, tmp_path)
    with t.unguarded(copy) as rows:
        defect.damage(rows)
    verified = verify_file(str(copy), Trust([t.KEY.verifier]))
    faults = verified.faults.earliest
    assert faults
    assert verified.limits
    assert all("lang=" not in verify_said(limit, FR) for limit in verified.limits)
    for step, fault in faults.items():
        french = verify_said(fault.message, FR)
        assert ("lang=" not in french) or step in LEFT_ENGLISH, fault.message
        assert all(digits in french for digits in (str(fault.position),) if digits in fault.message)


def test_each_sentence_is_known_by_its_own_english_and_keeps_what_varies() -> None:
    for section in SENTENCES:
        for key, text in EN.texts(section).items():
            given = {name: f"<{name}> 1" for name in re.findall(r"{(\w+)}", text)}
            french = {**given, **({LIST: "actes d’importation"} if LIST in given else {})}
            message = EN(section, key, **{**given, **({LIST: "import records"} if LIST in given else {})})
            assert verify_said(message, EN) == said(message), key
            assert verify_said(message, FR) == said(FR(section, key, **french)), key


def test_what_the_catalogue_does_not_have_stands_as_it_is_in_english() -> None:
    told = verify_said("data.offer: offer O1 was made before <i>", FR)
    assert told == '<span lang="en"><bdi>data.offer: offer O1 was made before &lt;i&gt;</bdi></span>'


def test_that_the_log_contradicts_a_checkpoint_is_said_in_french(log: Path, tmp_path: Path) -> None:
    copy = t.copied(log, tmp_path)
    with t.unguarded(copy) as rows:
        changed_value(rows)
    with pytest.raises(BrokenLogError) as broken, closing(EventLog.open(str(copy))) as opened:
        opened.history()
    assert "une autre racine que celle de ce journal" in verify_said(str(broken.value), FR)
