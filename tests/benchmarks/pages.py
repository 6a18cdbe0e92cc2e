"""The pages' figures: ``python -m tests.benchmarks.pages LOG``: each page at the present and at moments of the past.

One person looks at one page after another, over HTTP, as the browser does; a seed says at what. The floor is the event
page of position 1, which reads next to nothing.
"""

import argparse
import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import quote

from tests.replay.service.served import Served, serving

HEADING = f"{'page':<34}{'when':<10}{'n':>5}{'p50 ms':>9}{'p99 ms':>9}{'slowest':>9}"
NOW, PAST = "now", "past"


def main() -> None:
    """Ask, and print."""
    asked = argparse.ArgumentParser(description="Pages over a log.")
    asked.add_argument("log", type=Path)
    asked.add_argument("--number", type=int, default=100)
    said = asked.parse_args()
    print(HEADING)
    with serving(said.log) as served:
        for line in figures(served, said.number, random.Random(1)):
            print(line, flush=True)


def figures(served: Served, number: int, dice: random.Random) -> Iterator[str]:
    """A line for each page and moment, once the service has read the log's end."""
    offers = served.get("/offers").json()["offers"]
    first, last = (datetime.fromisoformat(each["at"]) for each in (offers[0], offers[-1]))
    centre = served.get("/list").json()["candidates"][0]["centre"]

    def past() -> str:
        moment = first + timedelta(seconds=dice.randrange(int((last - first).total_seconds())))
        return f"at={quote(moment.astimezone(UTC).isoformat(timespec='seconds'))}"

    def candidate(when: str) -> str:
        listed = served.get(f"/list?{when}").json()["candidates"]
        return f"/candidates/{dice.choice(listed)['candidate']}?{when}"

    def offer(_: str) -> str:
        return f"/offers/{dice.choice(offers)['offer']}"

    def explained(_: str) -> str:
        name = dice.choice(offers)["offer"]
        ranked = served.get(f"/offers/{name}/match-run").json()["ranking"]
        return f"/offers/{name}/candidates/{dice.choice(ranked)['candidate']}" if ranked else f"/offers/{name}"

    pages: dict[str, Callable[[str], str]] = {
        "/events/1": lambda when: f"/events/1?{when}",
        "/": lambda when: f"/?{when}",
        "/list": lambda when: f"/list?{when}",
        "/candidates/ID": candidate,
        "/offers": lambda when: f"/offers?{when}",
        "/desk": lambda when: f"/desk?centre={centre}&{when}",
        "/integrity": lambda when: f"/integrity?{when}",
        "/audit (first sight)": lambda when: f"/audit?{when}",
    }
    for name, page in pages.items():
        for moment in (NOW, PAST):
            yield measured(served, name, moment, [page(past() if moment == PAST else "") for _ in range(number)])
    yield measured(served, "/offers/ID", PAST, [offer("") for _ in range(number)])
    yield measured(served, "/offers/ID/candidates/ID", PAST, [explained("") for _ in range(number)])


def measured(served: Served, name: str, moment: str, addresses: list[str]) -> str:
    """The times of some addresses, one after the other."""
    took = []
    for address in addresses:
        began = time.perf_counter()
        answer = served.client.get(served.address + address.rstrip("?&"))
        took.append(1000 * (time.perf_counter() - began))
        assert answer.status_code == 200, f"{address}: {answer.status_code}"
    p99 = quantiles(took, n=100)[98]
    return f"{name:<34}{moment:<10}{len(took):>5}{median(took):>9.1f}{p99:>9.1f}{max(took):>9.1f}"


if __name__ == "__main__":
    main()
