"""Every line to a terminal goes through printing.py, where what others wrote is made visible and is never markup."""

import ast
from pathlib import Path

import pytest

CLI = Path(__file__).parents[2] / "replay"
PRINTS = ("cli/printing.py",)
WAYS = ("print", "typer.echo", "typer.secho", "sys.stdout.write", "sys.stderr.write")
MAY_IMPORT_RICH = ("cli/terminal.py",)


def ways_around(tree: ast.Module) -> list[str]:
    """Calls and imports of a module that reach a terminal by another way; type hints are none."""
    hints = {id(each) for node in ast.walk(tree) if _for_hints(node) for each in ast.walk(node)}
    found = []
    for node in ast.walk(tree):
        if id(node) in hints:
            continue
        if (
            (isinstance(node, ast.Call) and _called(node.func) in WAYS)
            or (isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "rich")
            or (isinstance(node, ast.Import) and any(each.name.partition(".")[0] == "rich" for each in node.names))
        ):
            found.append(ast.unparse(node))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "[/" in node.value:
            found.append(node.value)
    return found


def _called(function: ast.expr) -> str:
    """The name by which something is called; empty where it is none."""
    if isinstance(function, ast.Attribute):
        return f"{_called(function.value)}.{function.attr}"
    return function.id if isinstance(function, ast.Name) else ""


def _for_hints(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and _called(node.test) == "TYPE_CHECKING"


def test_no_other_module_of_the_replay_prints_or_writes_markup() -> None:
    found = {path.relative_to(CLI).as_posix(): ways_around(ast.parse(path.read_text())) for path in CLI.rglob("*.py")}
    assert len(found) > 40
    allowed = {*PRINTS, *MAY_IMPORT_RICH}
    assert {where: ways for where, ways in found.items() if ways and where not in allowed} == {}


@pytest.mark.parametrize(
    "text",
    [
        "print(reason)",
        "typer.echo(reason)",
        "sys.stderr.write(reason)",
        "from rich.console import Console",
        "import rich",
        "out.print('[bold]Offer[/bold] at')",
    ],
)
def test_the_search_finds_a_way_around(text: str) -> None:
    assert ways_around(ast.parse(text))


def test_the_search_lets_what_is_right_pass() -> None:
    text = "out.print(bold('Offer'), 'at')\ntell(message)\nif TYPE_CHECKING:\n    from rich.table import Table"
    assert ways_around(ast.parse(text)) == []
