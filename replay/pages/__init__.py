"""What people see of a log: documents in, pages out. No clock, no log, no network."""
