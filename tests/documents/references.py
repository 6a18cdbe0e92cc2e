"""References made from the code itself: the events, the annex map, the readings, the rule sets, the commands."""

import inspect
import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cache
from importlib import import_module
from typing import Any, get_args, get_origin

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from engine.events import fields as f
from engine.events.catalogue import EVENT_CLASSES
from engine.events.envelope import Event
from engine.events.vocabulary import DISEASES, SI_FACTORS, SITUATION_DELAYS
from engine.intake.feeds import cda, fhir_observation, hl7v2
from engine.intake.feeds.loinc import LISTED, MOLAR, OTHER_SPECIMENS
from engine.intake.plausibility.registry import INTAKE_ONLY
from engine.intake.plausibility.registry import RULES as PLAUSIBILITY
from engine.log import presence
from engine.log.postgres import errors
from engine.rules.readings import all_readings
from engine.rules.rule import RULES
from engine.rules.ruleset import rule_history
from projections.data_quality import ALERTS
from replay.cli.app import app
from replay.service.page_routes import PAGE_ROUTES, PageRoute
from replay.service.rights import Reach, reach_of, table_lines
from replay.service.routes import ROUTES
from replay.service.viewer import SCOPES, Viewer
from tests.documents.pages import ROOT

EXAMPLES = ROOT / "fixtures" / "event_examples.ndjson"
"""One valid event of each type, in an order in which a log takes them."""
_NAMED = {
    id(get_args(kind)[1]): words
    for kind, words in (
        (f.Instant, "RFC 3339 time with offset"),
        (f.Day, "day, YYYY-MM-DD"),
        (f.Pseudonym, "id"),
        (f.Finess, "FINESS number, 9 characters"),
        (f.FreeText, "text, at most 120 characters"),
        (f.ShortText, "text, at most 64 characters"),
        (f.Reference, "text, at most 256 characters"),
    )
}
_MOST_CODES = 12
_MOST_KINDS = 8


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    lines = [list(header), *(list(row) for row in rows)]
    shown = ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]
    return "\n".join([shown[0], "|" + "---|" * len(lines[0]), *shown[1:]]) + "\n"


# -------------------------------------------------------------------------------------------------------- events


@cache
def examples() -> dict[str, dict[str, Any]]:
    """The first example of each event type."""
    lines = EXAMPLES.read_text(encoding="utf-8").splitlines()
    return {event["type"]: event for event in map(json.loads, reversed(lines))}


def events() -> str:
    """Every event type: what it says, its fields, a valid example."""
    return "\n".join(_event(event_class) for event_class in EVENT_CLASSES.values())


def _event(event_class: type[Event]) -> str:
    subjects = " or ".join(kind if kind == "offer-counter" else f"{kind}/<id>" for kind in event_class.SUBJECTS)
    data: Any = event_class.model_fields["data"].annotation
    return (
        f"### `{event_class.TYPE}`\n\n{inspect.getdoc(event_class)} Subject: `{subjects or 'that of its target'}`.\n\n"
        + table(("field", "holds"), _fields(data))
        + f"\n```json\n{_example(examples()[event_class.TYPE])}\n```\n"
    )


def _example(event: dict[str, Any]) -> str:
    """An event on four lines: who says what, about whom and when, the data."""
    names = (("specversion", "source", "id"), ("type", "subject"), ("time", "recordedtime", "actor"), ("data",))
    rows = ({name: event[name] for name in row if name in event} for row in names)
    return "{" + ",\n ".join(json.dumps(row, ensure_ascii=False)[1:-1] for row in rows) + "}"


def _fields(data: type[BaseModel]) -> Iterable[tuple[str, str]]:
    for name, field in data.model_fields.items():
        yield (f"`{name}`" if field.is_required() else f"[`{name}`]"), _field(field)


def _field(field: FieldInfo) -> str:
    return _kind(field.annotation, tuple(field.metadata))


def _kind(kind: Any, metadata: tuple[Any, ...] = ()) -> str:
    """What a field holds, in words."""
    for each in metadata:
        if words := _words(each):
            return words
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return _object(kind)
    inner = get_args(kind)
    if hasattr(kind, "__metadata__"):
        return _kind(inner[0], tuple(kind.__metadata__))
    if get_origin(kind) is tuple:
        return f"list of {_kind(inner[0])}" if inner[-1] is ... else f"[{', '.join(map(_kind, inner))}]"
    if get_origin(kind) is dict:
        return "object of reading to value"
    if type(None) in inner:
        return _kind(next(each for each in inner if each is not type(None)))
    return "true or false"


def _object(model: type[BaseModel]) -> str:
    if model.__name__ == "Replacements":
        return "object: any fields of the target's data, `null` removes an optional one"
    named = (
        f"{name if field.is_required() else f'[{name}]'}: {_field(field)}" for name, field in model.model_fields.items()
    )
    return f"object ({'; '.join(named)})"


def _words(each: object) -> str:
    if id(each) in _NAMED:
        return _NAMED[id(each)]
    if isinstance(each, f.CodeIn):
        few = len(each.codes) <= _MOST_CODES
        return " ".join(f"`{code}`" for code in each.codes) if few else f"one of {len(each.codes)} codes, listed below"
    if isinstance(each, f.DecimalIn):
        bounds = f"{'above ' if each.above else ''}{each.low} to {each.high} {each.unit}"
        return f"decimal, {each.apart or bounds}"
    if isinstance(each, f.WholeIn):
        return f"whole number, {each.low} to {each.high} ({each.unit})"
    return "64 hexadecimal digits" if isinstance(each, f.Parsed) else ""


def diseases() -> str:
    """Codes and labels of annex 3.1."""
    return table(("code", "initial disease"), ((f"`{code}`", label) for code, label in DISEASES.items()))


def situations() -> str:
    """The expert situations of each component, and the delays the guide's table gives."""
    rows = (
        (component, f"`{situation}`", " ".join(map(str, delays)) if component == "XPCA" else "")
        for component, table_ in SITUATION_DELAYS.items()
        for situation, delays in table_.items()
    )
    return table(("component", "situation", "months"), rows)


def warnings() -> str:
    """Every warning: its code, the events it looks at, what it finds."""
    rows = [(f"`{rule.code}`", _kinds(rule.kinds), rule.sentence) for rule in PLAUSIBILITY]
    rows += [(f"`{code}`", "at intake alone", sentence) for code, sentence in INTAKE_ONLY.items()]
    return table(("code", "looks at", "finds"), rows)


def _kinds(kinds: tuple[str, ...]) -> str:
    if len(kinds) > _MOST_KINDS:
        return "nearly every fact about a candidate"
    families: dict[str, list[str]] = {}
    for kind in kinds:
        family, _, act = kind.rpartition(".")
        families.setdefault(family, []).append(act)
    return ", ".join(f"{family}.{' '.join(acts)}" for family, acts in families.items())


def alerts() -> str:
    """Every alert about a candidate's variables."""
    return table(("code", "says"), ((f"`{code}`", sentence) for code, sentence in ALERTS.items()))


# --------------------------------------------------------------------------------------------------------- rules


def annexes() -> str:
    """Every formula: its annex, the guide's symbol, the function and its file."""
    for module in sorted((ROOT / "engine" / "rules").glob("annex_*.py")):
        import_module(f"engine.rules.{module.stem}")
    rows = (
        (
            rule.annex,
            f"`{rule.symbol}`",
            rule.unit,
            f"`{rule.name}`",
            f"`{rule.body.__module__.rpartition('.')[2]}.py`",
        )
        for rule in sorted(RULES.values(), key=lambda rule: rule.annex)
    )
    return table(("annex", "symbol", "unit", "function", "file"), rows)


def readings() -> str:
    """Every reading: options, both quotations, the reason."""
    rows = (
        (
            f"`{reading.name}`",
            ", ".join(f"`{option}`" for option in reading.options),
            reading.text,
            reading.annex,
            reading.why,
        )
        for reading in all_readings().values()
    )
    return table(("reading", "options, the default first", "the guide's text", "its annex", "why this default"), rows)


def rule_sets() -> str:
    """The dated rule sets."""
    rows = (
        (
            f"`{rules.id}`",
            rules.title,
            str(len(rules.figures)),
            rules.valid_until.isoformat() if rules.valid_until else "in force",
        )
        for rules in rule_history()
    )
    return table(("valid from", "title", "figures", "until"), rows)


# ----------------------------------------------------------------------------------------------------------- log


def damage() -> str:
    """What each kind of damage says and exits with: the table in the code's own words."""
    return table(("at the log's path", "what is said", "exit"), _rows_of(presence.__doc__))


def damage_of_a_database() -> str:
    """The same of a log in a database."""
    return table(("at the log's address", "what is said", "exit"), _rows_of(errors.__doc__))


def _rows_of(documentation: str | None) -> Iterator[list[str]]:
    lines = (documentation or "").splitlines()
    return (re.split(r" {2,}", line.strip()) for line in lines if line.startswith("    "))


# ------------------------------------------------------------------------------------------------------ commands


SHARED = ("--log", "--at", "--known-at", "--from", "--to", "--ruleset", "--readings", "--json", "--top", "--force")
"""Options that say the same of every command that has them."""


def commands() -> str:
    """What shared options say; every command, its arguments, its own options and its example."""
    leaves = list(_leaves(typer.main.get_command(app)))
    told = shared_options(command for _, command in leaves)
    shared = table(("option of many commands", "says"), ((f"`{words}`", says) for words, says in told))
    return shared + "\n" + "\n".join(_command(name, command, told) for name, command in leaves)


def options_of() -> list[tuple[str, dict[str, str]]]:
    """Every command's name and what each of its options says."""
    return [(name, _options(command)) for name, command in _leaves(typer.main.get_command(app))]


def shared_options(commands: Iterable[Any]) -> list[tuple[str, str]]:
    """Each shared option as most commands have it; one that says something else there stands with its command."""
    counted = Counter(told for command in commands for told in _options(command).items())
    first: dict[str, tuple[str, str]] = {}
    for (words, says), _ in counted.most_common():
        first.setdefault(_bare(words), (words, says))
    return [first[name] for name in SHARED if name in first]


def _bare(option: str) -> str:
    return option.split()[0].rstrip(",")


def _options(command: Any) -> dict[str, str]:
    context = command.make_context("snagc", [], resilient_parsing=True)
    records = (each.get_help_record(context) for each in command.params if each.param_type_name == "option")
    return {words: " ".join(says.split()) for words, says in filter(None, records)}


def _leaves(group: Any, before: str = "snagc") -> Iterable[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _leaves(command, f"{before} {name}")
        else:
            yield f"{before} {name}", command


def _command(name: str, command: Any, told: Collection[tuple[str, str]]) -> str:
    context = command.make_context(name, [], resilient_parsing=True)
    usage = " ".join([name, *command.collect_usage_pieces(context)[1:]])
    options = _options(command).items()
    own = [(f"`{words}`", says) for words, says in options if (words, says) not in told]
    shared = " ".join(f"`{_bare(words)}`" for words, says in options if (words, says) in told)
    about, _, example = inspect.cleandoc(command.help or "").partition("Example:")
    return (
        f"#### `{usage}`\n\n{about.strip()}\n\n"
        + (f"Example: `{' '.join(example.split())}`\n\n" if example else "")
        + (f"{table(('option', 'says'), own)}\n" if own else "")
        + (f"Also: {shared}\n" if shared else "")
    )


# ------------------------------------------------------------------------------------------------------- service


def routes() -> str:
    """Every request of the service: what it may say, and what it answers."""
    rows = (
        (
            f"`{route.method} {route.path}`",
            " ".join(f"`{parameter.name}`" for parameter in route.parameters),
            route.summary,
            "<br>".join(f"{status} {meaning}" for status, meaning in route.answers if len(route.answers) > 1),
        )
        for route in ROUTES
    )
    return table(("request", "says", "answers", "how"), rows)


def rights() -> str:
    """Who may make which request and send which event."""
    return "\n".join(table_lines()) + "\n"


def page_table() -> str:
    """Every page: what it shows, the API's request it is made of, whose it is."""
    rows = ((f"`{page.method} {page.path}`", page.summary, " ".join(f"`{each}`" for each in page.needs), _whose(page))
            for page in PAGE_ROUTES)  # fmt: skip
    return table(("page", "shows", "made of", "whose"), rows)


def _whose(page: PageRoute) -> str:
    """The scopes that a page is for; in brackets those that see what is their own."""
    if not page.needs:
        return "everybody"
    viewers = [(scope, Viewer("somebody", (scope,))) for scope in SCOPES]
    whole = {scope for scope, viewer in viewers if Reach.WHOLE in (reach_of(viewer, each) for each in page.needs)}
    if whole == set(SCOPES):
        return "who is signed in"
    return ", ".join(scope if scope in whole else f"({scope})" for scope, viewer in viewers if page.is_for(viewer))


def feed_codes() -> str:
    """What each LOINC code of a laboratory is to this log."""
    rows = [
        (f"`{code}`", listed.analyte, " or ".join(f"`{unit}`" for unit in SI_FACTORS[listed.analyte]
                                                  if _counts(unit) == listed.kind))
        for code, listed in LISTED.items()
    ]  # fmt: skip
    rows += [(f"`{code}`", f"{name} in moles", "refused: send it in mass") for code, name in MOLAR.items()]
    rows += [(f"`{code}`", "creatinine in whole blood", "ignored") for code in OTHER_SPECIMENS]
    return table(("LOINC", "analyte", "units"), rows)


def _counts(unit: str) -> str:
    return "moles" if "mol" in unit else "mass"


def feed_statuses() -> str:
    """What each status of each format makes of a result."""
    ways = {"HL7 (OBX-11)": hl7v2, "CDA (statusCode)": cda, "FHIR (status)": fhir_observation}
    standings = dict.fromkeys(standing for module in ways.values() for standing in module.STANDINGS.values())
    rows = [
        (standing, *(", ".join(code for code, made in module.STANDINGS.items() if made == standing)
                     for module in ways.values()))
        for standing in standings
    ]  # fmt: skip
    rows.append(("ignored", *(", ".join(module.NO_RESULTS) for module in ways.values())))
    return table(("", *ways), rows)


REFERENCES: dict[str, Callable[[], str]] = {
    "events": events,
    "diseases": diseases,
    "situations": situations,
    "warnings": warnings,
    "alerts": alerts,
    "annexes": annexes,
    "readings": readings,
    "rule-sets": rule_sets,
    "damage": damage,
    "damage-of-a-database": damage_of_a_database,
    "commands": commands,
    "routes": routes,
    "rights": rights,
    "pages": page_table,
    "feed-codes": feed_codes,
    "feed-statuses": feed_statuses,
}
"""What makes each generated part, by the name its marker gives."""
