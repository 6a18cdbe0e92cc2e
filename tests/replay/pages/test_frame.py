"""What stands around every page: addresses that carry the moment on, figures that say where they are from."""

import re

import pytest

from replay.pages.error import Fault, error_page, why_of
from replay.pages.figures import Sheet, exact, places
from replay.pages.page import Clocks, Frame, render, words_of
from replay.pages.static import MEDIAS, address_of, static_files

AT = "2024-06-30T12:00:00+02:00"
CLOCKS = Clocks(AT, 7, None, AT, AT)


def test_a_link_carries_the_clocks_and_the_language_on_and_no_filter() -> None:
    frame = Frame("/list", {"at": AT, "known_at": "7", "lang": "en", "q": "C1"}, CLOCKS)
    assert frame.link("/offers") == "/offers?at=2024-06-30T12:00:00%2B02:00&known_at=7&lang=en"
    assert frame.here(q=None, lang=None) == "/list?at=2024-06-30T12:00:00%2B02:00&known_at=7"
    assert Frame("/list", {}, CLOCKS).link("/offers") == "/offers"


def test_a_form_keeps_what_the_address_says_but_for_what_is_filled_in() -> None:
    frame = Frame("/list", {"at": AT, "q": '"><script>'}, CLOCKS)
    fields = frame.fields("at", known_at=7)
    assert 'name="at"' not in fields
    assert '<input type="hidden" name="known_at" value="7">' in fields
    assert "<script>" not in fields


def test_only_a_page_whose_address_names_no_moment_follows_the_present() -> None:
    assert Frame("/list", {"lang": "en", "q": "C"}, CLOCKS).follows
    assert not Frame("/list", {"known_at": "now"}, CLOCKS).follows
    assert not Frame("/list", {"beside_at": AT}, CLOCKS).follows


def test_a_figure_says_its_place_in_the_document_and_its_exact_value() -> None:
    document = {"candidates": [{"candidate": "C1", "ccb": "750.500000"}, {"candidate": "C2", "ccb": None}], "n": 3}
    sheet = Sheet(words_of("fr"), document, "/list?at=now", frozenset({"candidates/C1/ccb"}))
    first, second = sheet.entries("candidates")
    assert 'data-figure="candidates/C1/ccb"' in first.figure("ccb")
    assert 'data-exact="750.500000"' in first.figure("ccb")
    assert ">750,5</data>" in first.figure("ccb")
    assert 'class="figure differs"' in first.figure("ccb")
    assert first.differs
    assert not second.differs
    assert ">—</data>" in second.figure("ccb")
    assert dict(places(document))["candidates/C1/ccb"] == "750.500000"
    assert exact(3) == "3"


def test_what_is_no_name_of_an_entry_is_counted() -> None:
    twice = {"acts": [{"candidate": "C1"}, {"candidate": "C1"}]}
    assert list(places(twice)) == [("acts/0/candidate", "C1"), ("acts/1/candidate", "C1")]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_page_holds_no_style_and_no_script_of_its_own_and_shows_hostile_text_as_text(language: str) -> None:
    hostile = "<script>alert(1)</script>\u202e\x00"
    page = error_page(Frame("/list", {"lang": language}), 404, Fault(hostile), "id").decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;[U+202E][U+0000]" in page
    assert "style=" not in page
    assert page.count("<script") == 1
    assert f'<html lang="{language}"' in page


def test_a_fault_of_a_known_kind_is_said_in_the_page_s_language_and_quoted_another_in_english() -> None:
    fault = Fault("offer 'O9' is not in this log", "offer", {"offer": "<b>O9</b>\u202e"})
    french = error_page(Frame("/offers/O9"), 404, fault, "id").decode()
    assert "L’offre &lt;b&gt;O9&lt;/b&gt;[U+202E] n’est pas dans ce journal" in french
    assert '<span lang="en"><bdi>offer &#39;O9&#39; is not in this log</bdi></span>' in french
    assert "Offer &lt;b&gt;O9&lt;/b&gt;[U+202E] is not in this log" in why_of(fault, words_of("en"))
    assert why_of(Fault("so & so", "of no kind"), words_of("fr")) == '<span lang="en"><bdi>so &amp; so</bdi></span>'
    assert "O9" not in error_page(Frame("/offers"), 503, fault, "id", again=True).decode()


def test_of_what_went_wrong_inside_a_page_says_nothing() -> None:
    page = error_page(Frame("/list"), 500, Fault("internal error in /srv/heart.db"), "id").decode()
    assert "/srv" not in page
    assert "demande id" in page


@pytest.mark.parametrize("path", ["//evil.example/x", "///evil.example", "////evil.example/list"])
def test_no_path_that_was_asked_for_makes_a_link_to_another_host(path: str) -> None:
    links = re.findall(r'(?:href|src|action)="(/[^"]*)"', error_page(Frame(path), 404, Fault("no path"), "id").decode())
    assert links
    assert not [link for link in links if link.startswith("//")]


def test_files_that_pages_fetch_are_named_by_their_content() -> None:
    names = [address_of(name).removeprefix("/static/") for name in ("drawings.css", "snagc.css", "snagc.js")]
    assert sorted(names) == sorted(static_files())
    assert {name.rpartition(".")[2] for name in names} == set(MEDIAS)


def test_a_template_with_an_unknown_name_is_an_error_and_never_empty() -> None:
    from jinja2 import UndefinedError

    with pytest.raises(UndefinedError):
        render(Frame("/list", {}, CLOCKS), "list.html", title="x")
