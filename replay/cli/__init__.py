"""The command line: ``snagc COMMAND …``. The only place, with the service, that reads a clock."""

import gc

# A command makes many objects and little garbage: the search took a tenth of its time.
gc.set_threshold(200_000, 20, 20)
