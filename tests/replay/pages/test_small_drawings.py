"""Small pictures: what they draw is what the documents say, and hostile words in them stay words."""

from xml.etree import ElementTree

from engine.quantities import MICROSECONDS_A_DAY as DAY
from replay.pages.drawings.factors import FACTORS, factor_bar, highest_raw, losses
from replay.pages.drawings.scale import Scale, days_between, round_step
from replay.pages.drawings.spark import HEIGHT, MARGIN, WIDTH, spark
from replay.pages.offer import bar_said
from replay.pages.page import words_of

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '"><script>alert(1)</script>&\u202e'
NAMES = {factor: f"name of {factor}" for factor in FACTORS}
ENTRY = {
    "ccb": "800.000000", "f1_age": "0.500000", "f2_abo": "1.000000", "f3_bsa": "1.000000",
    "f4_survival": "1.000000", "mg": "0.750000",
}  # fmt: skip


def places(points: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in points.split())]


def test_a_spark_line_holds_each_value_until_the_next_and_ends_in_a_dot() -> None:
    drawn = ElementTree.fromstring(spark([(0, 10.0), (5 * DAY, 20.0)], 0, 10 * DAY, "ICAR"))
    (run,) = drawn.findall(f"{SVG}polyline")
    middle = WIDTH / 2
    low, high = HEIGHT - MARGIN, MARGIN
    assert places(run.attrib["points"]) == [(MARGIN, low), (middle, low), (middle, high), (WIDTH - MARGIN, high)]
    (dot,) = drawn.findall(f"{SVG}circle")
    assert (dot.attrib["cx"], dot.attrib["cy"]) == (str(WIDTH - MARGIN), str(high))


def test_a_spark_line_is_broken_where_there_is_no_value_and_has_no_dot_where_it_ended() -> None:
    series = [(-3 * DAY, 7.0), (2 * DAY, None), (4 * DAY, 9.0), (6 * DAY, None)]
    drawn = ElementTree.fromstring(spark(series, 0, 10 * DAY, "ICAR"))
    first, second = (places(run.attrib["points"]) for run in drawn.findall(f"{SVG}polyline"))
    assert first[0][0] == MARGIN
    assert first[-1][0] < second[0][0] < second[-1][0] < WIDTH - MARGIN
    assert not drawn.findall(f"{SVG}circle")


def test_a_spark_line_of_nothing_and_of_one_value_can_be_drawn() -> None:
    assert not ElementTree.fromstring(spark([], 0, DAY, "none")).findall(f"{SVG}polyline")
    flat = ElementTree.fromstring(spark([(0, 5.0)], 0, DAY, "flat"))
    assert places(flat.find(f"{SVG}polyline").attrib["points"]) == [(MARGIN, HEIGHT / 2), (WIDTH - MARGIN, HEIGHT / 2)]  # type: ignore[union-attr]


def test_words_in_a_picture_stay_words() -> None:
    drawn = ElementTree.fromstring(spark([(0, 5.0)], 0, DAY, HOSTILE))
    assert drawn.attrib["aria-label"] == HOSTILE == drawn.findtext(f"{SVG}title")
    assert not drawn.findall(f".//{SVG}script")


def test_a_factor_bar_gives_each_loss_its_piece_and_the_rest_is_what_is_kept() -> None:
    drawn = ElementTree.fromstring(factor_bar(ENTRY, 1600, NAMES, "C1"))
    pieces = {box.attrib["class"]: float(box.attrib["width"]) for box in drawn.findall(f"{SVG}rect")}
    assert pieces == {"kept": 45, "lost mg": 15, "lost f1_age": 60}
    assert drawn.findtext(f"{SVG}rect[@class='lost mg']/{SVG}title") == "name of mg"


def test_where_a_factor_is_zero_it_takes_all_and_later_ones_nothing() -> None:
    taken = losses(ENTRY | {"f2_abo": "0.000000", "f4_survival": "0.000000"})
    assert [(each.factor, each.before - each.after) for each in taken if each.before > each.after] == [
        ("f1_age", 400), ("f2_abo", 400),
    ]  # fmt: skip
    assert (highest_raw([ENTRY, {"ccb": "901.5"}]), highest_raw([])) == (901.5, 1.0)


def test_ticks_are_midnights_of_paris_as_many_as_have_room() -> None:
    half_a_year = days_between(1_735_700_400_000_000, 1_735_700_400_000_000 + 180 * DAY)
    assert [day.isoformat() for _, day in half_a_year] == [
        "2025-01-02", "2025-01-30", "2025-02-27", "2025-03-27", "2025-04-24", "2025-05-22", "2025-06-19",
    ]  # fmt: skip
    assert [day.day for _, day in days_between(1_735_700_400_000_000, 1_735_700_400_000_000 + 1000 * DAY)] == [1] * 8
    assert len(days_between(1_735_700_400_000_000, 1_735_700_400_000_000 + 3 * DAY)) == 3
    assert [round_step(highest) for highest in (3, 39, 410, 1151)] == [1, 10, 200, 500]
    assert Scale(3, 3, 0, 10)(3) == 0


def test_a_bar_of_nobody_s_points_says_that_there_are_none() -> None:
    entry = {"candidate": "C1", "snagc": "0.000000", "ccb": "0.000000", **dict.fromkeys(FACTORS, "1.000000")}
    assert bar_said(entry, words_of("fr")) == "C1\u00a0: aucun point"
