"""What the guide says: one file for each annex section, dated figures, readings, and the trace."""
