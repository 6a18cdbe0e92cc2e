"""What a rule would do to people's lives: the same arrivals lived under one rule set and another, many times over."""
