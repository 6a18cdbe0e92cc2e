"""snagc serve: the log over HTTP."""

import sys
from typing import Annotated

import typer

from engine.errors import RequestError
from replay.cli import options
from replay.cli.common import guarded, opened
from replay.cli.feeding import patients_file
from replay.cli.keyring import configured_keys
from replay.cli.printing import say


@guarded
def serve(
    log: options.Log = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0: a free one.")] = 8420,
    config: Annotated[
        str | None, typer.Option(help="The configuration: whose tokens are taken, limits.", metavar="FILE")
    ] = None,
    patients: options.Patients = None,
    open_: Annotated[
        bool, typer.Option("--open", help="Without authentication: every role, for this machine alone.")
    ] = False,
) -> None:
    """Serve the log over HTTP: events and offers in, every answer out, the same bytes as the commands with --json.

    One line on standard output says the address once requests are answered. SIGTERM ends the service; requests
    under way are answered first. A log that is not there yet is made.

    Example: snagc serve --open --log heart.db
    """
    if open_ == (config is not None):
        raise RequestError("say who may ask: --config FILE (whoever has a token) or --open (everybody on this machine)")
    from replay.service.loopback import LOOPBACK

    if open_ and host not in LOOPBACK:
        raise RequestError(f"--host {host}: with --open only this machine is served, on {' or '.join(LOOPBACK)}")
    from replay.service.config import read_configuration
    from replay.service.server import serve as serve_until_told
    from replay.service.service import Setting

    configuration = read_configuration(config) if config else None
    with opened(log, create=True) as opened_log:
        name = opened_log.store.name
    assert log is not None, "it was opened"
    setting = Setting(log, configured_keys(), configuration, patients=patients_file(patients).absolute())
    serve_until_told(setting, host, port, lambda address: _told_ready(name, address))


def _told_ready(name: str, address: str) -> None:
    say(f"snagc: serving {name} on {address}")
    sys.stdout.flush()  # whoever started it may read this from a pipe, and waits for it
