"""Which text of the privacy policy is in force.

The version is recorded with every consent. Changing what is collected, why, or who gets
it needs a new version, and everybody is asked again; mending a comma does not.
"""

POLICY_VERSION = "2026-11"
