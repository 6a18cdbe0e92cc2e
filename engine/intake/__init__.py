"""From submitted bytes to checked events in the log: a verdict for each, refused input kept in quarantine."""
