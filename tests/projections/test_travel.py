"""Travel times: the version in force, its rows, and what stands where there is none."""

from typing import Any

import pytest

from projections.travel import travel_from
from tests.projections.support import CENTRE, ELSEWHERE, SITE, Log, instant, rules

NOW = "2024-05-17"


def minutes(log: Log, centre: str = CENTRE, at: str = NOW, known_at: int | None = None, site: str = SITE) -> int:
    """Minutes from a procurement site to a centre."""
    return travel_from(log.history(known_at), site, instant(at), rules().default_travel_minutes).to(centre)


def row(length: int, centre: str = CENTRE, site: str = SITE) -> list[Any]:
    """One row of a matrix."""
    return [site, centre, length]


def test_without_any_version_every_journey_takes_150_minutes() -> None:
    assert minutes(Log()) == 150


def test_a_row_gives_the_minutes_from_its_site_to_its_centre_and_not_the_way_back() -> None:
    log = Log()
    log.travel("V1", "2024-01-01", [row(40), row(70, SITE, CENTRE)])
    assert minutes(log) == 40
    assert minutes(log, SITE, site=CENTRE) == 70


def test_a_pair_without_a_row_takes_the_default_of_the_version() -> None:
    log = Log()
    log.travel("V1", "2024-01-01", [row(40)], default_minutes=200)
    assert minutes(log, ELSEWHERE) == 200
    assert minutes(log, site=ELSEWHERE) == 200


def test_a_version_that_states_no_default_has_150_minutes() -> None:
    log = Log()
    log.travel("V1", "2024-01-01", [row(40)])
    assert minutes(log, ELSEWHERE) == 150


def test_the_version_with_the_latest_time_counts_and_not_the_latest_arrival() -> None:
    log = Log()
    log.travel("V2", "2024-03-01", [row(50)])
    log.travel("V1", "2024-01-01", [row(40)])
    assert minutes(log) == 50
    assert minutes(log, at="2024-02-01") == 40


def test_of_versions_of_one_instant_the_later_position_counts() -> None:
    log = Log()
    log.travel("V2", "2024-03-01T00:00:00+01:00", [row(50)])
    log.travel("V1", "2024-02-29T23:00:00Z", [row(40)])
    assert minutes(log) == 40


def test_a_version_replaces_the_earlier_one_whole_rows_and_default() -> None:
    log = Log()
    log.travel("V1", "2024-01-01", [row(40), row(60, ELSEWHERE)], default_minutes=200)
    log.travel("V2", "2024-03-01", [row(45)])
    assert minutes(log) == 45
    assert minutes(log, ELSEWHERE) == 150


def test_a_version_without_rows_leaves_its_default_alone() -> None:
    log = Log()
    log.travel("V1", "2024-01-01", [row(40)])
    log.travel("V2", "2024-03-01", [], default_minutes=90)
    assert minutes(log) == 90


def test_a_version_counts_from_its_own_instant_and_not_a_microsecond_before() -> None:
    log = Log()
    log.travel("V1", "2024-03-01", [row(40)])
    assert minutes(log, at="2024-02-29 23:59:59.999999") == 150
    assert minutes(log, at="2024-03-01") == 40


def test_a_version_learnt_late_is_not_known_before() -> None:
    log = Log()
    log.travel("V1", "2024-01-01", [row(40)])
    late = log.travel("V2", "2024-03-01", [row(50)])
    assert minutes(log, known_at=late - 1) == 40
    assert minutes(log, known_at=late) == 50


def test_a_retracted_version_gives_way_to_the_one_before_and_a_corrected_one_has_its_new_rows() -> None:
    log = Log()
    first = log.travel("V1", "2024-01-01", [row(40)])
    log.retracted(log.travel("V2", "2024-03-01", [row(50)]))
    assert minutes(log) == 40
    log.corrected(first, rows=[row(41)])
    assert minutes(log) == 41


@pytest.mark.parametrize(
    ("length", "mg"),
    [
        (0, "1.000000"),
        (30, "0.996164"),  # 1 / exp(0.0000002 x 30^2.9), 30^2.9 = 19215.4977
        (60, "0.971722"),
        (90, "0.911223"),
        (120, "0.807252"),
        (150, "0.664332"),
        (1440, "0.000000"),  # 1440^2.9 = 1.4435e9: exp(-288.7)
    ],
)
def test_the_minutes_and_their_weight_stand_in_the_match_run(length: int, mg: str) -> None:
    log = Log()
    log.registered("C1", "2024-01-01", birth_date="2015-01-01")
    log.travel("V1", "2024-01-01", [row(length)])
    log.donor("D1", "2024-05-16")
    log.offered("O1", NOW)
    entry = log.entry("O1", "C1")
    assert (entry["travel_minutes"], entry["mg"]) == (length, mg)


def test_a_candidate_who_moves_to_another_centre_travels_from_the_new_one() -> None:
    log = Log()
    log.registered("C1", "2024-01-01", birth_date="2015-01-01")
    log.happened("updated", "C1", "2024-02-01", centre=ELSEWHERE)
    log.travel("V1", "2024-01-01", [row(0), row(60, ELSEWHERE)])
    log.donor("D1", "2024-05-16")
    log.offered("O1", NOW)
    assert log.entry("O1", "C1")["travel_minutes"] == 60


def test_the_donor_s_site_as_last_updated_is_where_the_journey_begins() -> None:
    log = Log()
    log.registered("C1", "2024-01-01", birth_date="2015-01-01")
    log.travel("V1", "2024-01-01", [row(0), row(90, CENTRE, ELSEWHERE)])
    log.donor("D1", "2024-05-16")
    log.donor_updated("D1", "2024-05-16 12:00", procurement_site=ELSEWHERE)
    log.offered("O1", NOW)
    assert log.entry("O1", "C1")["travel_minutes"] == 90
