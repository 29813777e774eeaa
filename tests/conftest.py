"""Settings of the whole suite: no real cloud, one profile of hypothesis for each place."""

import os

from hypothesis import HealthCheck, settings

os.environ.setdefault("CHAT_QUEUE", "mutual-aid-local-chat")
os.environ.setdefault("PREFIX", "mutual-aid-local")
for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
    os.environ[name] = "test"
os.environ["AWS_DEFAULT_REGION"] = "cn-northwest-1"
os.environ.pop("AWS_PROFILE", None)

settings.register_profile("fast", max_examples=50, deadline=None)
settings.register_profile(
    "deep", max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))
