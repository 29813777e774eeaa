"""Pictures as evidence: from a phone's camera to a clean copy that a case can rest on."""
