"""A log in a PostgreSQL database: tables, triggers and roles, and what reads and writes them."""
