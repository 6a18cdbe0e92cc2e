"""The moment: match run at an offer or a date, explanation, comparison, command line."""
