"""The service; what runs in the functions."""

import gc

# A cold start makes things that stay: looking through them for garbage took an eighth of it.
gc.set_threshold(10_000, 10, 10)
