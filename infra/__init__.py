"""The only door to a stage: deploy, status, destroy, menu, secrets, and the local cloud."""
