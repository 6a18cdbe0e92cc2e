"""Reports: the explanation, the dossier, exports, and sheets of others compared."""
