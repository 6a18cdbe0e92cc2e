"""Against the implementations of others."""
