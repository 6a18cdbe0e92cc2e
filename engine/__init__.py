"""What happened, and what the guide says: events, intake, log and rules."""
