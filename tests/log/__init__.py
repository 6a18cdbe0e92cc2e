"""Tests of the log: append only, its tree, its history."""
