"""snagc explain: one candidate's score at an offer, from the events to the figure."""

from typing import Annotated

import typer

from replay.cli import options
from replay.cli.common import asking, guarded
from replay.cli.printing import console, print_json


@guarded
def explain(
    offer: Annotated[str, typer.Argument(help="The offer's id.")],
    candidate: Annotated[str, typer.Argument(help="The candidate's id.")],
    log: options.Log = None,
    known_at: options.KnownAt = None,
    ruleset: options.Ruleset = None,
    readings: options.Readings = None,
    json: options.Json = False,
) -> None:
    """Every intermediate value of a candidate's score: symbol, annex, formula, figures, and the events behind.

    Example: snagc explain O00418 C01386 --log heart.db
    """
    from replay.cli.explanation_text import show_explanation
    from replay.reports.explain import explain as explain_entry

    with asking(log, json=json, known_at=known_at, ruleset=ruleset, readings=readings) as asked:
        explanation = explain_entry(asked.recalled_moment(offer), candidate)
    if json:
        print_json(explanation.as_json())
    else:
        show_explanation(explanation, console())
