"""The list and a match run as files to keep: what a page shows, by an address that ends as the file does."""

from collections.abc import Callable, Mapping
from functools import partial
from io import BytesIO

from replay.pages.page import HEADERS
from replay.reports.export.tables import Table, list_table, run_table
from replay.service.answers import Answer
from replay.service.page_handlers.visit import Visit
from replay.service.persons import persons_in

RUN = "GET /offers/{}/match-run"
MEDIAS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}


def list_file(form: str, visit: Visit) -> Answer:
    """The list at a moment."""
    document = visit.document("GET /list", **visit.moment)
    return _file(list_table(document), form, f"list-{visit.clocks.known_at}", document)


def run_file(form: str, visit: Visit) -> Answer:
    """The match run of an offer, as known just before it or as the address says."""
    known = {"known_at": visit.said["known_at"]} if "known_at" in visit.said else {}
    document = visit.document(RUN, visit.parts, **known)
    return _file(run_table(document), form, f"run-{document['offer']}-{document['known_at']}", document)


def _file(table: Table, form: str, name: str, document: object) -> Answer:
    from replay.reports.export.writing import write_table

    file = BytesIO()
    write_table(table, form, file)
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}.{form}"'}
    return Answer(200, file.getvalue(), MEDIAS[form], headers, persons_in(document))


PAGES: Mapping[str, Callable[[Visit], Answer]] = {
    **{f"page GET /list.{form}": partial(list_file, form) for form in MEDIAS},
    **{f"page GET /offers/{{}}/match-run.{form}": partial(run_file, form) for form in MEDIAS},
}
