"""Laboratory feeds: FHIR R4, HL7 v2 and CDA messages to results, and results to checked events of the log."""
