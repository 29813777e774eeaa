"""What botocore reads of AWS, less what only people read: it is parsed at every cold start.

Half of a client's making is JSON. A service's model is nine tenths documentation, and the
endpoints are those of 400 services of which we call seven. Operations, shapes, regions and rules
stay as they are, all of them: requests and answers cannot differ (tests/unit/test_infra_models.py).
"""

import gzip
import json
from typing import Any, Final

from infra.archive import SERVICES, Entries

_DATA: Final = "botocore/data/"
_ENDPOINTS: Final = f"{_DATA}endpoints.json"
_PACKED: Final = (".json.gz",)


def lean(entries: Entries) -> Entries:
    """Return the files with botocore's data made small; a service's files are unpacked, too."""
    return dict(_lean(name, content) for name, content in entries.items())


def _lean(name: str, content: bytes) -> tuple[str, bytes]:
    if name == _ENDPOINTS:
        return name, _written(our_endpoints(json.loads(content)))
    if name.startswith(_DATA) and name.endswith(_PACKED):
        return name.removesuffix(".gz"), _written(
            undocumented(json.loads(gzip.decompress(content)))
        )
    return name, content


def our_endpoints(endpoints: dict[str, Any]) -> dict[str, Any]:
    """Return the endpoints of the services that the functions call, in every region."""
    partitions = [
        partition | {"services": {s: e for s, e in partition["services"].items() if s in SERVICES}}
        for partition in endpoints["partitions"]
    ]
    return endpoints | {"partitions": partitions}


def undocumented(model: Any) -> Any:
    """Return a model with its sentences empty: botocore asks for some without looking.

    A shape or member of that name is not a sentence.
    """
    if isinstance(model, dict):
        return {
            key: "" if key == "documentation" and isinstance(value, str) else undocumented(value)
            for key, value in model.items()
        }
    return [undocumented(value) for value in model] if isinstance(model, list) else model


def _written(data: Any) -> bytes:
    return json.dumps(data, separators=(",", ":")).encode()
