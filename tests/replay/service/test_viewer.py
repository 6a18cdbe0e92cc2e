"""Who asks, and what is theirs."""

from replay.service.viewer import AUDITOR, OPEN, PRODUCER, SCOPES, TEAM, Viewer


def test_a_viewer_has_the_scopes_sources_and_centres_of_the_token_and_no_other() -> None:
    viewer = Viewer("lab", (PRODUCER, TEAM), ("urn:lab",), ("750000001",))
    assert viewer.has(AUDITOR, TEAM)
    assert not viewer.has(AUDITOR)
    assert viewer.writes_for("urn:lab")
    assert not viewer.writes_for("urn:lab:other")
    assert viewer.is_of("750000001")
    assert not viewer.is_of("750000002")


def test_a_viewer_without_sources_and_centres_has_none() -> None:
    viewer = Viewer("nobody", SCOPES)
    assert not viewer.writes_for("")
    assert not viewer.is_of("")


def test_in_an_open_service_everybody_has_every_role_source_and_centre() -> None:
    assert all(OPEN.has(scope) for scope in SCOPES)
    assert OPEN.writes_for("urn:any")
    assert OPEN.is_of("750000001")
