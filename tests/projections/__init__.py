"""How facts add up, from events to the work lists."""
