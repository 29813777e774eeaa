"""Invented people and units, for a deployment that can be tried by hand."""
