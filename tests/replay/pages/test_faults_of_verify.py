"""What ``verify`` finds wrong is said in the page's language, in sentences known by their English."""

import re
from pathlib import Path

import pytest

from replay.audit.verification.heads import Trust
from replay.audit.verification.verify import verify_file
from replay.pages.faults import LIST, SENTENCES, fault_said
from replay.pages.page import said, words_of
from tests.faults import tampering as t
from tests.faults.test_tampering import DEFECTS, Defect
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
    faults = verify_file(str(copy), Trust([t.KEY.verifier])).faults.earliest
    assert faults
    for step, fault in faults.items():
        french = fault_said(fault.message, FR)
        assert ("lang=" not in french) or step in LEFT_ENGLISH, fault.message
        assert all(digits in french for digits in (str(fault.position),) if digits in fault.message)


def test_each_sentence_is_known_by_its_own_english_and_keeps_what_varies() -> None:
    for key, text in EN.texts(SENTENCES).items():
        given = {name: f"<{name}> 1" for name in re.findall(r"{(\w+)}", text)}
        french = {**given, **({LIST: "actes d’importation"} if LIST in given else {})}
        message = EN(SENTENCES, key, **{**given, **({LIST: "import records"} if LIST in given else {})})
        assert fault_said(message, EN) == said(message), key
        assert fault_said(message, FR) == said(FR(SENTENCES, key, **french)), key


def test_what_the_catalogue_does_not_have_stands_as_it_is_in_english() -> None:
    told = fault_said("data.offer: offer O1 was made before <i>", FR)
    assert told == '<span lang="en"><bdi>data.offer: offer O1 was made before &lt;i&gt;</bdi></span>'
