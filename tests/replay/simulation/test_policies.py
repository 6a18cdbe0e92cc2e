"""Policies: rule sets in force and files that change some of one; what is wrong with a file is said by name."""

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.errors import RequestError, RuleSetError, SnagcError
from engine.rules.readings import choose_readings
from engine.rules.ruleset import rules_named
from projections.waiting_list import waiting_list
from replay.simulation.policy import Policy, fingerprint
from replay.simulation.rates import Rates
from tests.projections.support import Log, instant
from tests.replay.command import asked, refused
from tests.replay.support import adult

EXAMPLES = Path("replay/simulation/policies")


def read(folder: Path, text: str) -> Policy:
    return Policy.read(str(file_with(folder, text)))


def file_with(folder: Path, text: str) -> Path:
    path = folder / "policy.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_example_changes_what_it_says_and_nothing_else() -> None:
    today = rules_named("2023-06-15")
    changes = {}
    for path in EXAMPLES.glob("*.toml"):
        rules = Policy.read(str(path)).rules
        figures = {name for name in today.figures if rules.figures[name].value != today.figures[name].value}
        changes[path.stem] = figures | {
            name for name, formula in rules.formulas.items() if formula != today.formulas[name]
        }
    assert changes == {
        "no_assist_arm": {"adult_standard"},
        "shorter_travel": {"travel_exponent"},
        "no_adult_expert": {"xpca_points"},
    }


def test_without_points_from_experts_whoever_has_xpca_keeps_those_of_the_index_whatever_was_granted() -> None:
    log = Log()
    granted: dict[str, dict[str, Any]] = {
        "none said": {}, "900": {"points": "900"}, "800": {"points": "800"}, "ramp": {"delay_months": 1},
    }  # fmt: skip
    for number, said in enumerate(granted.values()):
        candidate = f"C{number}"
        log.registered(candidate, "2024-01-01")
        log.labs(candidate, "2024-05-01", bilirubin="90", creatinine="150")
        log.granted(candidate, "XPCA", "2024-05-02", **said)

    def points(policy: str) -> dict[str, str]:
        rules = Policy.read(policy).rules
        places = waiting_list(log.history(), instant("2024-07-01"), 1, rules, choose_readings())
        found = {place.standing.id: place.standing.raw_fields() for place in places}
        assert {each["component"] for each in found.values()} == {"XPCA"}
        return {name: str(found[f"C{number}"]["ccb"]) for number, name in enumerate(granted)}

    assert points("2023-06-15") == dict.fromkeys(granted, "900.000000") | {"800": "800.000000"}
    assert points(str(EXAMPLES / "no_adult_expert.toml")) == dict.fromkeys(granted, "600.000000")


def test_policies_that_decide_alike_have_one_fingerprint_and_others_another(tmp_path: Path) -> None:
    today = Policy.read("2023-06-15")
    same = read(tmp_path, 'inherits = "2023-06-15"\ntitle = "The same"\n[figures]\nassist_ratio = 0.20\n')
    assert same.sha256 == today.sha256 == Policy.read("2020-01-07").sha256
    others = [Policy.read(str(path)).sha256 for path in EXAMPLES.glob("*.toml")]
    assert len({today.sha256, Policy.read("2018-01-01").sha256, *others}) == 2 + len(others)


def test_a_policy_reaches_a_worker_whole_although_its_file_is_not_there(tmp_path: Path) -> None:
    policy = read(tmp_path, 'inherits = "2023-06-15"\n[figures]\ntravel_exponent = 3\n')
    (tmp_path / "policy.toml").unlink()
    there = pickle.loads(pickle.dumps(policy))
    assert there == policy
    assert fingerprint(there.rules) == policy.sha256


def test_a_changed_rule_set_as_what_if_takes_it_is_a_policy(tmp_path: Path) -> None:
    text = (
        'extends = "2023-06-15"\nvalid_from = 2025-01-01\nlast_checked_on = 2025-01-01\n[figures.travel_exponent]\n'
        'value = 3.0\nunit = ""\nsource = "a question"\nattested_from = 2025-01-01\n'
    )
    assert read(tmp_path, text).sha256 == Policy.read(str(EXAMPLES / "shorter_travel.toml")).sha256


def test_what_if_takes_the_policies_that_simulate_takes(tmp_path: Path) -> None:
    log = Log()
    adult(log, labs="2024-05-02")
    log.started("C1", "lvad", "2024-01-01")
    log.registered("C2", "2024-01-01")
    log.labs("C2", "2024-05-02", bilirubin="60", creatinine="150")
    log.granted("C2", "XPCA", "2024-05-03", points="800")
    log.counter(4)
    log.donor("D1", "2024-05-09")
    log.offered("O1", "2024-05-10")
    path = log.kept_at(tmp_path / "snagc.db")
    whole = tmp_path / "whole.toml"
    whole.write_text(
        'extends = "2023-06-15"\nvalid_from = 2023-06-15\nlast_checked_on = 2025-01-01\n'
        '[formulas]\nadult_standard = "adult_standard_2019"\n'
    )
    found = {
        str(policy): asked("what-if", policy, "--log", path)
        for policy in (*EXAMPLES.glob("*.toml"), whole, "2019-04-09", "2023-06-15")
    }
    changed = {Path(name).name: each["offers_changed"] for name, each in found.items()}
    assert changed == {
        "no_adult_expert.toml": 1, "no_assist_arm.toml": 1, "shorter_travel.toml": 1, "whole.toml": 1, "2019-04-09": 1,
        "2023-06-15": 0,
    }  # fmt: skip
    assert found[str(whole)] == found[str(EXAMPLES / "no_assist_arm.toml")]
    assert "inherits is missing" in refused("what-if", file_with(tmp_path, "[figures]\n"), "--log", path)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("inherits = ", "not TOML"),
        ("[figures]\n", "inherits is missing"),
        ("inherits = 2023\n", "inherits is missing"),
        ('inherits = "2023-06-15"\ntitle = 3\n', "title = 3 is no text"),
        ('inherits = "policy.toml"\n', "no rule set 'policy.toml': there are"),
        ('inherits = "2024-01-01"\n', "no rule set '2024-01-01'"),
        ('inherits = "2023-06-15"\nfigure = 1\nfigures = 2\n', "figure is not known.*; figures is no table"),
        ('inherits = "2023-06-15"\n[figures]\ntravel_exponnent = 3\n', "the guide has no travel_exponnent"),
        ('inherits = "2023-06-15"\n[figures]\ntravel_exponent = "3"\n', "not a number"),
        ('inherits = "2023-06-15"\n[figures]\ntravel_exponent = -3\n', "another kind or sign"),
        ('inherits = "2023-06-15"\n[figures]\ntravel_exponent = inf\n', "not a finite figure"),
        ('inherits = "2023-06-15"\n[figures]\ndays_per_year = 0\ngfr_max = 0\n', "days_per_year = 0.*gfr_max = 0"),
        ('inherits = "2023-06-15"\n[figures]\ngfr_dialysis = 0\n', "gfr_dialysis = 0: a formula of the annexes has no"),
        ('inherits = "2023-06-15"\n[figures]\ntravel_exponent = 1e99999999999999999999\n', "beyond all bounds"),
        (f'inherits = "2023-06-15"\n[figures]\ntravel_exponent = {"9" * 5000}\n', "beyond all bounds"),
        (f"inherits = {'[' * 3000}{']' * 3000}\n", "nested too deep"),
        ('inherits = "2023-06-15"\n[formulas]\nadult_standard = ["adult_standard_2019"]\n', "is no text"),
        ('inherits = "2023-06-15"\nvalid_from = 2023-06-15\n', "valid_from is not known: what inherits has .* extends"),
        ('inherits = "2023-06-15"\nextends = "2023-06-15"\n', "extends is not known: what inherits has"),
        ("valid_from = 2025-01-01\nlast_checked_on = 2025-01-01\n", 'extends = "2023-06-15"'),
        (
            "valid_from = 2025-01-01\nlast_checked_on = 2025-01-01\n"
            '[formulas]\nadult_standard = "adult_standard_2019"\n',
            'lacks abo_b_to_ab_factor, .* …: give all, or name the set .* as extends = "2023-06-15"',
        ),
        (
            'extends = "2018-01-01"\nvalid_from = 2025-01-01\nlast_checked_on = 2025-01-01\n'
            '[formulas]\nadult_standard = "adult_standard_2019"\n',
            "lacks ecmo_daily_reduction, ecmo_full_days, ecmo_zero_days: give all",
        ),
        (
            'extends = "2023-06-15"\nvalid_from = 2025-01-01\nlast_checked_on = 2025-01-01\nfigure = 2\n',
            "figure: not known, a rule set has title, extends",
        ),
        ('extends = ["2023-06-15"]\nvalid_from = 2025-01-01\nlast_checked_on = 2025-01-01\n', "is no text"),
        ('inherits = "2023-06-15"\n[figures]\nbnp_bounds = [2, 1]\n', "bnp_bounds is not ascending"),
        ('inherits = "2023-06-15"\n[formulas]\nadult_standard = "adult_standard_1999"\n', "no formula"),
        ('inherits = "2023-06-15"\n[formulas]\nadult_norm = "adult_standard_2019"\n', "the guide has no adult_norm"),
    ],
)
def test_what_is_wrong_with_a_policy_is_named(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(RuleSetError, match=says) as caught:
        read(tmp_path, text)
    assert caught.value.exit_code == 2
    assert "policy.toml" in str(caught.value)


def test_what_is_neither_a_file_nor_a_rule_set_is_refused_with_those_there_are() -> None:
    with pytest.raises(RequestError, match="no file and no rule set: rule sets are 2018-01-01, 2019-04-09") as caught:
        Policy.read("2023-06-16")
    assert isinstance(caught.value, SnagcError)


@pytest.mark.parametrize("read", [Policy.read, lambda path: Rates.read(Path(path))])
def test_a_file_in_another_encoding_is_told_to_be_saved_as_utf_8(tmp_path: Path, read: Callable[[str], object]) -> None:
    path = tmp_path / "latin.toml"
    path.write_bytes('title = "Priorité"'.encode("latin-1"))
    with pytest.raises(SnagcError, match=r"latin\.toml .* no text in UTF-8: save"):
        read(str(path))
