"""The examples of the help fit the demonstration's log: whom and what they name is there, and by then."""

import re
from datetime import date, datetime

from typer.main import get_command

from engine.quantities import PARIS
from fixtures.national import generate
from replay.cli.app import app

KINDS = {"O": "offer", "C": "candidate", "D": "donor"}


def examples() -> list[str]:
    """What the help of each command, and of each command of a group, shows as an example."""
    commands = [*get_command(app).commands.values()]  # type: ignore[attr-defined]
    commands += [each for group in commands for each in getattr(group, "commands", {}).values()]
    return [found for each in commands for found in re.findall(r"Example: (snagc .*)", each.help or "")]


def test_each_id_of_an_example_is_one_of_the_demonstration_s_log_and_a_candidate_is_listed_by_then() -> None:
    shown = examples()
    assert len(shown) > 30
    named = {f"{KINDS[name[0]]}/{name}" for line in shown for name in re.findall(r"\b[OCD]\d+\b", line)}
    assert {kind for kind, _, _ in (name.partition("/") for name in named)} == set(KINDS.values())
    registered: dict[str, datetime] = {}
    for event in generate(2025, date(2025, 1, 1), date(2025, 12, 31)):
        subject = str(event["subject"])
        if subject in named:
            registered.setdefault(subject, datetime.fromisoformat(str(event["time"])))
            if len(registered) == len(named):
                break
    assert registered.keys() == named
    (line,) = (each for each in shown if each.startswith("snagc candidate "))
    candidate, at = re.findall(r"candidate (\w+) --at (\S+)", line)[0]
    assert registered[f"candidate/{candidate}"] < datetime.fromisoformat(at).replace(tzinfo=PARIS)
