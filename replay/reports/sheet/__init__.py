"""Sheets with the guide's own column names: one donor-recipient pair a row, made events, scored and compared."""
