"""Tests of the intake: verdicts, stored bytes, recorded times, quarantine."""
