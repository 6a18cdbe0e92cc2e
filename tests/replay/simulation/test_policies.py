"""Policies: rule sets in force and files that change some of one; what is wrong with a file is said by name."""

import pickle
from pathlib import Path

import pytest

from engine.errors import RequestError, RuleSetError, SnagcError
from engine.rules.ruleset import rules_named
from replay.simulation.policy import Policy, fingerprint

EXAMPLES = Path("replay/simulation/policies")


def read(folder: Path, text: str) -> Policy:
    path = folder / "policy.toml"
    path.write_text(text, encoding="utf-8")
    return Policy.read(str(path))


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
