"""The table of `make bench`: what each route takes, measured on one walk and in one run."""

from collections.abc import Iterable

from tests.bench.walk import Step, route_of


def routes(steps: Iterable[Step]) -> list[str]:
    """Return a line for each route: the request of it that took most trips."""
    worst: dict[tuple[str, str], Step] = {}
    for step in steps:
        route = route_of(step.method, step.path)
        if route not in worst or len(step.trips) > len(worst[route].trips):
            worst[route] = step
    lines = ["| route | round trips | items | bytes | gzip |", "|---|--:|--:|--:|--:|"]
    for (method, path), step in sorted(worst.items()):
        counts = f"{len(step.trips)} | {step.items} | {step.raw} | {step.zipped}"
        lines.append(f"| {method} {path} | {counts} |")
    return lines
