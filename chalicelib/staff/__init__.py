"""后台: who may sign in, what waits for them, and how they decide."""
