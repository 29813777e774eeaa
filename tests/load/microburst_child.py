"""Run by `infra.local.guard`: microburst in front of a stage's cloud, as its command line does."""

import os
import sys


def main() -> None:
    """Serve until SIGTERM."""
    from microburst import forward
    from microburst.cli import main as microburst

    # it leaves out how long an answer is, which the real S3 always tells
    forward.HOP_BY_HOP -= {"content-length"}
    port, upstream = os.environ["BURST_PORT"], os.environ["BURST_UPSTREAM"]
    sys.argv = ["microburst", "--upstream", upstream, "--port", port]
    microburst()
