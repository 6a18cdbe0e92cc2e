"""The command line: ``snagc COMMAND …``. The only place, with the service, that reads a clock."""

import gc

gc.set_threshold(200_000, 20, 20)  # a command makes many objects and little garbage: a search takes a tenth of its time
    200_000, 20, 20
)  # a command makes many objects and little garbage: the search took a tenth of its time
