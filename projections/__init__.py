"""Folds from events to state, and the time-dependent points read off that state."""
