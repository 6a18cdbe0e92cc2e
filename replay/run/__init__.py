"""The run: a prefix of the log, an offer, rules and readings; of one offer, or of many along a log that is followed."""
