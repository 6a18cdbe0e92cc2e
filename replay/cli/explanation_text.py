"""An explanation as text: every step from event to score, laid beside the guide."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.log.history import Fact
from engine.rules.trace import Input, Step, shown
from replay.cli.printing import bold
from replay.reports.explain import Explanation, as_sent, assumption

if TYPE_CHECKING:
    from replay.cli.terminal import Terminal

STAGES = (
    ("3.2", "Step 1 · index of cardiac risk (ICAR), annex 3.2"),
    ("3.3", "Step 2 · raw composite score (Score CCB), annex 3.3"),
    ("3.4", "Step 3 · weighted composite score (Score CCP), annex 3.4"),
    ("3.5", "Step 4 · national score (SNAGC), annex 3.5"),
)


def show_explanation(explanation: Explanation, out: "Terminal") -> None:
    """An explanation for a person, in the guide's order; for an excluded candidate the reason first."""
    header, score = explanation.run.header(), explanation.entry.as_json()
    out.print(bold(f"Candidate {score['candidate']} at offer {header['offer']},"), header["at"])
    if explanation.rank is None:
        out.print(bold("Not ranked:"))
        for reason, meaning in explanation.meanings():
            out.print(f"  {reason}: {meaning}")
    else:
        out.print(bold(f"Rank {explanation.rank}"), f"of {len(explanation.run.ranking)}, SNAGC {score['snagc']}")
    out.print(
        f"component {score['component']} · counter {header['counter']} · rules {header['ruleset']} "
        f"({assumption(explanation.run.moment)}) · known at position {header['known_at']}"
    )
    for tie in explanation.ties():
        out.print(str(tie))
    for prefix, title in STAGES:
        out.print()
        out.print(bold(title))
        if prefix == "3.2" and explanation.entry.standing.icar is None:
            out.print(
                "  under 18: no index of cardiac risk; what follows serves survival alone, which keeps nobody out"
            )
        for step in explanation.steps:
            if step.rule.annex.startswith(prefix):
                _show_step(step, out)
    _show_events(explanation.steps, out)
    for alert in explanation.alerts:
        out.print(f"alert {alert.code}: {alert.message}")
    for who, told in explanation.coronary_calcium().items():
        show_calcium(told, f"coronary calcium of the {who}", out)


def show_calcium(told: Mapping[str, Any] | None, title: str, out: "Terminal") -> None:
    """A coronary calcium score with its class, if one is recorded: beside the score, of which it is no part."""
    if told is None:
        return
    where = f"on {told['time']} (position {told['event']['position']})"
    out.print(bold(title), f"{told['agatston']} Agatston units {where}, shown, never scored")
    out.print(f"  class {told['class']}: {told['meaning']}")
    for caveat in told["caveats"]:
        out.print(f"  {caveat['text']}")


def _show_step(step: Step, out: "Terminal") -> None:
    value = shown(step.value) + (f" {step.rule.unit}" if step.rule.unit else "")
    _line(out, f"  {step.rule.annex:<15} {step.name} = {step.formula}")
    if step.figures not in (step.formula, shown(step.value)):
        _line(out, f"{'':18}= {step.figures}")
    if step.formula != shown(step.value):
        _line(out, f"{'':18}= {value}")
    for note in step.decided:
        _line(out, f"{'':20}because {note}", "dim")
    sources = [f"{given.symbol} = {_with_unit(given)} [{given.origin.position}]" for given in _facts_in(step)]
    if sources:
        _line(out, f"{'':20}from {', '.join(sources)}", "dim")


def _show_events(steps: tuple[Step, ...], out: "Terminal") -> None:
    """The events behind the figures, by position: the numbers in brackets above."""
    facts = {given.origin.position: given.origin for step in steps for given in _facts_in(step)}
    out.print()
    out.print(bold("Events"), "(position: what, when, source and id)")
    for position, fact in sorted(facts.items()):
        corrected = f", corrected at position {', '.join(map(str, fact.corrected_at))}" if fact.corrected_at else ""
        _line(out, f"  [{position}] {fact.kind} of {fact.time}, {fact.source} {fact.id}{corrected}")


def _facts_in(step: Step) -> list[Input]:
    return [given for given in step.inputs if isinstance(given.origin, Fact)]


def _with_unit(given: Input) -> str:
    """The value with its unit; a laboratory value also as it was sent, where that reads otherwise."""
    sent = as_sent(given.origin) if isinstance(given.origin, Fact) and given.unit not in ("", "days") else ""
    value = f"{given.shown} {given.unit}" if given.unit and given.shown != "NULL" else given.shown
    return f"{value} (sent as {sent})" if sent else value


def _line(out: "Terminal", text: str, style: str | None = None) -> None:
    out.print(text, style=style, soft_wrap=True)
