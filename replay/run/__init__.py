"""The run: one function of a prefix of the log, an offer, rules and readings; a live offer is a run of now."""
