"""What happened, and what the guide says: events, intake, log and rules."""

import sys

if sys.flags.optimize > 1:
    raise ImportError(
        "Python runs with -OO or PYTHONOPTIMIZE=2, which drops the guide's own lines, so that no explanation could "
        "show them: run without it (-O is fine)"
    )
