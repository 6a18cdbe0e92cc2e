"""What happened: the envelope, the catalogue of event types, their canonical bytes and upcasts."""
