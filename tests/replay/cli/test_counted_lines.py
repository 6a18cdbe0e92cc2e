"""Lines of text that count say one of one and several of several, and each thing once."""

from pathlib import Path

from tests.replay.command import snagc
from tests.replay.support import adult, offered, one_town


def test_one_offer_is_one_on_every_line_that_counts_and_offers_are_named_once(tmp_path: Path) -> None:
    log = one_town()
    adult(log, "C1")
    adult(log, "C2", labs=None)
    offered(log)
    log.labs("C2", "2024-05-16", nt_probnp="11332")
    path, span = log.kept_at(tmp_path / "snagc.db"), ("--from", "2024-05-17", "--to", "2024-05-17")
    ends = "from 2024-05-17T00:00:00+02:00 to 2024-05-17T23:59:59.999999+02:00"

    def said(*words: str) -> str:
        return snagc(*words, "--log", path).stdout

    assert said("offers", *span).startswith(f"1 offer {ends}")
    assert f"the acts of 0 of 1 offer {ends}" in said("audit", "--acts", *span)
    assert "the acts of 0 of 1 offer\n" in said("audit", "--acts")
    assert f"1 not recorded of 1 run of offers {ends}" in said("audit", *span)
    assert f"1 past ranking of offers {ends} would differ" in said("audit", "--known-at", "now", *span)
    assert said("sensitivity", *span).startswith(f"1 offer {ends}")
    assert "of those ranked, 1 differs" in said("diff", "O1", "--b", "known-at=now")
