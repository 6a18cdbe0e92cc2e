"""The command line: ``snagc COMMAND …``. The only place, with the service, that reads a clock."""

import atexit
import gc
import os
import sys

try:
    import engine  # noqa: F401 - it says where it cannot run
except ImportError as error:
    sys.exit(f"snagc: {error}")

# No matrix is multiplied: threads that numpy starts for them would only wait, at a processor's cost, for work.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# A command makes many objects and little garbage: the search took a tenth of its time.
gc.set_threshold(200_000, 20, 20)
# What is left at the end goes with the process: no search looks through it.
atexit.register(gc.freeze)
