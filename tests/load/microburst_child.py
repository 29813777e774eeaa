"""Run by `infra.local.guard`: microburst in front of a stage's cloud, as its command line does."""

import os
import sys


def main() -> None:
    """Serve until SIGTERM."""
    from microburst.cli import main as microburst

    port, upstream = os.environ["BURST_PORT"], os.environ["BURST_UPSTREAM"]
    sys.argv = ["microburst", "--upstream", upstream, "--port", port]
    microburst()
