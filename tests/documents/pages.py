"""The pages: README.md and one in each room; their console blocks, their generated parts, their links."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
ELSEWHERE = {".pytest_cache", ".venv", ".git", "build", "dist", "node_modules", "snagc-demo"}
MARK = "@@ command "
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PART = re.compile(r"(<!-- generated: ([a-z-]+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)
_LINK = re.compile(r"\]\(([^)#\s]+)(#[^)]*)?\)")
_NAMED = re.compile(r"`((?:engine|projections|replay|fixtures|tests)/[A-Za-z0-9_./-]+)`")


def pages() -> list[Path]:
    """Every README.md of the project, the front page first."""
    found = [path for path in ROOT.rglob("README.md") if not ELSEWHERE & set(path.relative_to(ROOT).parts)]
    return sorted(found, key=lambda path: (len(path.relative_to(ROOT).parts), path.as_posix()))


def name_of(page: Path) -> str:
    """A page by its place."""
    return page.relative_to(ROOT).as_posix()


# ------------------------------------------------------------------------------------------------------- console


@dataclass(frozen=True)
class Shown:
    """A command of a page and what the page says that it prints."""

    command: str
    output: str


def shown(text: str) -> list[Shown]:
    """The commands of a page's console blocks, in order; after a backslash or ``<<'END'`` a command goes on."""
    found: list[Shown] = []
    for block in _BLOCK.findall(text):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            lines = part.split("\n")
            last = next(number for number, line in enumerate(lines) if not line.endswith("\\"))
            last = lines.index("END") if lines[last].endswith("<<'END'") else last
            found.append(Shown("\n".join(lines[: last + 1]), "\n".join(lines[last + 1 :]).rstrip("\n")))
    return found


def printed(commands: list[str], folder: Path) -> list[str]:
    """What the commands print, run in order by one shell in a folder with the fixtures in it and nothing else."""
    (folder / "fixtures").symlink_to(ROOT / "fixtures")
    script = "".join(f"printf '\\n{MARK}{number}\\n'\n{command}\n" for number, command in enumerate(commands))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SNAGC_")}
    path = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", "")])
    environment = kept | {"PATH": path, "PYTHONPATH": str(ROOT), "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    ran = subprocess.run(
        ["bash"], input=script.encode(), cwd=folder, env=environment, check=False, timeout=300,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    answers = ran.stdout.decode().split(f"\n{MARK}")[1:]
    assert len(answers) == len(commands), ran.stdout.decode()[-2000:]
    bodies = (answer.partition("\n")[2].split("\n") for answer in answers)
    return ["\n".join(line.rstrip() for line in body).rstrip("\n") for body in bodies]


def agrees(said: str, found: str) -> bool:
    """Whether a page's output is what was printed. A line ``…`` stands for any lines, ``…`` within one for any text."""
    parts = []
    for line in said.split("\n"):
        words = (re.escape(word.rstrip()) for word in line.split("…"))
        parts.append(r"(?:.*\n)*?" if line.strip() == "…" else ".*".join(words) + r"[^\S\n]*\n")
    return re.fullmatch("".join(parts), f"{found}\n") is not None


# ----------------------------------------------------------------------------------------------------- generated


def parts(text: str) -> dict[str, str]:
    """The generated parts of a page, by name."""
    return {name: body for _, name, body, _ in _PART.findall(text)}


def renewed(text: str, references: dict[str, Callable[[], str]]) -> str:
    """A page with its generated parts made anew."""
    return _PART.sub(lambda match: match[1] + references[match[2]]() + match[4], text)


# --------------------------------------------------------------------------------------------------------- links


def places(page: Path) -> Iterator[tuple[str, Path]]:
    """Every place in the project that a page names, by a link or in backquotes, and where that is."""
    text = page.read_text(encoding="utf-8")
    for target, _ in _LINK.findall(text):
        if "://" not in target:
            yield target, page.parent / target
    for target in _NAMED.findall(text):
        yield target, ROOT / target
