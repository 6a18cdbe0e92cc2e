"""The pages of the house: what they show is run and what they list is generated, so that none of it goes stale."""
