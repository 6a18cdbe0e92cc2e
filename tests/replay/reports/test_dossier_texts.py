"""Whatever others wrote, a dossier can be made, and nothing in it acts, hides or turns round what stands beside it."""

import base64
import json
import re
from typing import Any

import pytest
import typst
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.text import never_shown, visible
from replay.reports.dossier.files import html_file, json_file, pdf_file
from replay.reports.dossier.glyphs import _printed, can_be_printed, shown_on_paper
from replay.reports.dossier.html import shown_on_screen
from tests.long import examples
from tests.replay.reports.test_dossier import document, text_of
from tests.replay.support import adult, offered, one_town

HARD = (
    "\U0001f697 emoji",
    "心臓 \U00020000",
    "\ue000 private",
    "\ufdd0 \U0010ffff",
    "\x85 \x9b31m",
    "tab\tand\r\nlines",
    "abc \u202e321",
    "\u2067abc\u2069 \u200f",
    "יצחק (12) ₪",
    "مريض القلب ٣",
    "Z" + "\u0335" * 119,
    "a\u0301\u0302\u0303\u0304 \u0301",
    "W" * 120,
    "\U0001f468\u200d\U0001f469\u200d\U0001f466",
    "\U000e0041\U000e0042 tags",
    "हृदय ปวด ខ្មែរ",
    "ﷺ ﷽ 𒐫",
    "#panic() $x$ *bold* _it_ `raw` @ref <label> \\u{41}",
    "{{ 7*7 }} {% raw %} </td></table><script>",
    "\u2028\u2029 \ufeff \u00ad",
    "\u0378 \u2fe0 \U0001fbff",
)


def free(text: str) -> str:
    """What the intake lets through of a text in a free text: all but C0 other than tabs and ends of lines."""
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "", text) or "-"


def name(text: str) -> str:
    """What it lets through in a name, a source or an id: no control at all."""
    return re.sub("[\x00-\x1f\x7f-\x9f]", "", text)[:64] or "-"


def told(text: str) -> dict[str, Any]:
    """A dossier with a text in every place where others write one."""
    log = one_town()
    adult(log, "C1", team=name(text))
    log.started("C1", "lvad", "2024-05-04", device=free(text))
    lab = {"analyte": "creatinine", "value": "88.4", "unit": "umol/L", "origin": free(text)}
    log.add("lab-result.recorded", "candidate/C1", "2024-05-16 01:00", lab)
    log.events[-1] |= {"source": name(text), "id": name(text)}
    offered(log)
    log.add("proposal.declined", "offer/O1", "2024-05-17 00:20", {"candidate": "C1", "reason": free(text)})
    run = log.run("O1")
    record = {"ranking": [], "counter": 1, "log_size": 1, "engine": name(text), "offer": "O1"}
    log.add(
        "match-run.recorded", "offer/O1", "2024-05-17", record | {each: run[each] for each in ("ruleset", "readings")}
    )
    return document(log)


def holds_its_text(page: bytes, text: str) -> None:
    """The page shows the text wherever it stands, and no sign in it acts."""
    flat = text_of(re.sub(r"</?bdi>", "", page.decode()).encode())
    assert flat.count(visible(free(text))) >= 4
    assert flat.count(visible(name(text))) >= 4
    assert not any(map(never_shown, {*page.decode()} - {"\n"}))


@pytest.mark.parametrize("text", HARD)
def test_a_dossier_is_made_whatever_the_text_and_shows_it(text: str) -> None:
    holds_its_text(html_file(told(text), "fr"), text)


@pytest.mark.parametrize("text", HARD[:: examples(11, 1)])
def test_a_pdf_with_such_a_text_is_made_twice_to_the_same_bytes(text: str) -> None:
    made = told(text)
    assert pdf_file(made, "en").startswith(b"%PDF")
    assert pdf_file(made, "en") == pdf_file(made, "en")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=examples(2, 100))
@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=120))
def test_a_dossier_is_made_of_any_text_of_unicode(text: str) -> None:
    made = told(text)
    holds_its_text(html_file(made, "en"), text)
    assert pdf_file(made, "fr").startswith(b"%PDF")


def test_the_document_inside_keeps_every_text_exact() -> None:
    made = told("\u202e \x9b \U0001f697")
    found = re.search(rb'href="data:application/json;base64,([^"]+)"', html_file(made, "fr"))
    assert found
    assert base64.b64decode(found[1]) == json_file(made)
    assert json.loads(json_file(made))["acts"][0]["reason"] == "\u202e \x9b \U0001f697"


def test_letters_from_right_to_left_stand_in_a_frame_of_their_own() -> None:
    page = html_file(told("יצחק"), "en").decode()
    assert "device “<bdi>יצחק</bdi>”" in page
    assert page.count("<bdi>") == page.count("</bdi>") == page.count("יצחק")


def test_a_long_word_may_break_in_its_cell() -> None:
    assert b'<td class="l long">' + b"W" * 120 in html_file(told("W" * 120), "en")
    assert b'<td class="l">short words</td>' in html_file(told("short words"), "en")


# ----------------------------------------------------------------------------------------------- what can be printed


def typeset(text: str) -> bytes:
    """A text in both fonts of the dossier, under both of its standards."""
    source = (
        b'#set document(title: "t")\n#set text(font: "Libertinus Serif")\n#sys.inputs.text\n\n'
        b'#text(font: "DejaVu Sans Mono", sys.inputs.text)'
    )
    made: bytes = typst.compile(
        source, format="pdf", ignore_system_fonts=True, sys_inputs={"text": text}, pdf_standards=["a-3a", "ua-1"]
    )
    return made


def test_every_character_said_to_be_printed_is_one_by_one_and_beside_any_other() -> None:
    printed = [chr(point) for point in sorted(_printed())]
    assert len(printed) > 4000
    typeset(" ".join(printed))
    typeset("".join(printed))
    typeset("".join(reversed(printed)))


@pytest.mark.parametrize("char", ["\U0001f697", "心", "ह", "ก", "\ue000", "ﷺ", "𒐫"])
def test_what_typst_has_no_sign_for_is_not_said_to_be_printed(char: str) -> None:
    assert not can_be_printed(char)
    assert shown_on_paper(char) == f"[U+{ord(char):04X}]"


def test_french_and_the_guide_s_own_signs_are_printed_and_accents_are_composed() -> None:
    text = "Œdème, « à l’évidence » — 37,5 °C × ≥ ≤ ± µmol/L ½ € №"
    assert shown_on_paper(text) == text
    assert shown_on_paper("e\u0301te\u0301 a\u030a") == "été å"
    assert shown_on_paper("q\u0303") == "q[U+0303]"


@pytest.mark.parametrize("text", ["plain", "Œdème — « 5 »", "a\u202eb"])
def test_screen_and_paper_agree_on_what_both_can_print(text: str) -> None:
    assert shown_on_paper(text) == shown_on_screen(text)
