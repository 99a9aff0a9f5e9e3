"""The FHIR R4 connector: mapping (pure), transport, filing and polling."""
