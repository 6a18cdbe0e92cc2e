"""The command line: ``snagc COMMAND …``. The only place, with the service, that reads a clock."""
