"""The report of a simulation: what was asked, what came out, and what was assumed, in French and English."""
