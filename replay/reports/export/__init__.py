"""Exports: events, match runs and ranks as tables for methodologists and agencies, every score exact as text."""
