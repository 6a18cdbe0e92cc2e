"""Human acts held against the run of their offer and against each other: proposals, answers, closing, graft.

A ranking allocates nothing: these acts do, and a team may have good reasons to depart from it. What is found is
shown, never judged, and changes no score. The same rules warn at intake, where the rest of the acts is still to
come, and audit whole offers. Acts count in effective order (time, then position), those of the offer before the
transplantations that name it.
"""
