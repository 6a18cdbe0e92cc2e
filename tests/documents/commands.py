"""The front page's own commands, run as written: set-up and demonstration, set-up and tests; ``.ci/run`` does so.

``python3 -m tests.documents.commands`` needs nothing but Python: it runs each ``bash`` block of README.md in this
checkout and holds what it prints against the ``text`` block that follows it.
"""

import re
import subprocess
import sys

from tests.documents.pages import ROOT, agrees

_COMMAND = re.compile(r"^```bash\n(.*?)^```\n(?:(?!^```).)*?^```text\n(.*?)\n?^```$", re.MULTILINE | re.DOTALL)


def run(command: str) -> tuple[int, str]:
    """The exit code of a command and all that it prints, shown as it comes."""
    with subprocess.Popen(
        ["bash", "-c", command], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8"
    ) as process:
        lines = []
        for line in process.stdout or ():
            print(line, end="", flush=True)
            lines.append(line)
    return process.returncode, "".join(lines)


def main() -> int:
    """0 where every command succeeds and prints what the page says."""
    for command, said in _COMMAND.findall((ROOT / "README.md").read_text(encoding="utf-8")):
        print(f"$ {command}", end="", flush=True)
        code, printed = run(command)
        if code:
            return code
        if not agrees(said, printed.rstrip("\n")):
            print(f"README.md shows another output than this:\n{said}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
