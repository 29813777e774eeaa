"""botocore's data made small says the same of every request and answer, in every region."""

import gzip
import json
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.regions import EndpointResolver

from infra import models
from infra.archive import SERVICES, needed

DATA = Path(botocore.__file__).parent / "data"


def original(service: str, kind: str) -> tuple[str, bytes]:
    """A service's newest file as pip installs it."""
    path = max((DATA / service).glob(f"*/{kind}.json.gz"))
    return f"botocore/{path.relative_to(DATA.parent)}", path.read_bytes()


def small(name: str, content: bytes) -> Any:
    (lean,) = models.lean({name: content}).items()
    assert lean[0] == name.removesuffix(".gz")
    assert needed(lean[0])
    return json.loads(lean[1])


def spoken(shape: Any, seen: tuple[str, ...] = ()) -> Any:
    """All that serializers and parsers ask of a shape."""
    if shape is None or shape.name in seen:
        return shape and shape.name
    below = (*seen, shape.name)
    said = [shape.name, shape.type_name, dict(shape.serialization), dict(shape.metadata)]
    if shape.type_name == "structure":
        return [*said, {name: spoken(member, below) for name, member in shape.members.items()}]
    if shape.type_name == "list":
        return [*said, spoken(shape.member, below)]
    if shape.type_name == "map":
        return [*said, spoken(shape.key, below), spoken(shape.value, below)]
    return said


def operations(model: dict[str, Any], service: str) -> Any:
    served = ServiceModel(model, service)
    for name in served.operation_names:
        op = served.operation_model(name)
        errors = [spoken(error) for error in op.error_shapes]
        shapes = spoken(op.input_shape), spoken(op.output_shape)
        yield name, op.http, op.auth_type, op.endpoint, shapes, errors, op.has_streaming_output


def client(service: str, folder: Path) -> Any:
    """A client that reads the small files alone."""
    for path in (DATA / service).rglob("*.json*"):
        name = f"botocore/{path.relative_to(DATA.parent)}"
        ((lean, content),) = models.lean({name: path.read_bytes()}).items()
        target = folder / Path(lean).relative_to("botocore/data")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    session = botocore.session.Session()
    loader = Loader(extra_search_paths=[str(folder)], include_default_search_paths=False)
    for name in ("endpoints", "partitions", "sdk-default-configuration", "_retry"):
        (folder / f"{name}.json").write_bytes((DATA / f"{name}.json").read_bytes())
    session.register_component("data_loader", loader)
    session.set_credentials("test", "test")
    return session.create_client(service, region_name="cn-northwest-1")


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_a_client_can_be_made(service: str, tmp_path: Path) -> None:
    assert client(service, tmp_path).meta.endpoint_url.endswith("cn-northwest-1.amazonaws.com.cn")


def test_s3_signs_what_phones_send_and_see(tmp_path: Path) -> None:
    s3 = client("s3", tmp_path)
    form = s3.generate_presigned_post("pictures", "incoming/1/2", ExpiresIn=60)
    assert form["fields"]["key"] == "incoming/1/2"
    seen = {"Bucket": "pictures", "Key": "documents/1"}
    assert "X-Amz-Signature" in s3.generate_presigned_url("get_object", seen, ExpiresIn=60)


@pytest.mark.parametrize("service", sorted(SERVICES - {"dynamodb"}))
def test_every_operation_is_as_it_was(service: str) -> None:
    name, content = original(service, "service-2")
    whole = json.loads(gzip.decompress(content))
    lean = small(name, content)
    assert lean["metadata"] == whole["metadata"]
    assert list(operations(lean, service)) == list(operations(whole, service))
    assert len(json.dumps(lean)) < len(json.dumps(whole)) * 0.7


def test_dynamodb_is_as_it_was() -> None:
    """Attribute values hold attribute values: shapes are compared by name."""
    name, content = original("dynamodb", "service-2")
    whole, lean = json.loads(gzip.decompress(content)), small(name, content)
    assert whole["operations"].keys() == lean["operations"].keys()
    assert whole["shapes"].keys() == lean["shapes"].keys()
    one, two = ServiceModel(whole, "dynamodb"), ServiceModel(lean, "dynamodb")
    for shape in one.shape_names:
        was, is_ = one.shape_for(shape), two.shape_for(shape)
        assert (was.type_name, was.serialization, was.metadata) == (
            is_.type_name,
            is_.serialization,
            is_.metadata,
        )
        assert getattr(was, "members", {}).keys() == getattr(is_, "members", {}).keys()


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_rules_lead_to_the_same_hosts(service: str) -> None:
    name, content = original(service, "endpoint-rule-set-1")
    whole, lean = json.loads(gzip.decompress(content)), small(name, content)
    assert lean["rules"] == models.undocumented(whole["rules"])
    assert lean["parameters"].keys() == whole["parameters"].keys()
    assert "documentation" not in json.dumps(lean["rules"])


def test_our_services_are_found_where_they_were_in_every_region() -> None:
    content = (DATA / "endpoints.json").read_bytes()
    lean = small("botocore/data/endpoints.json", content)
    one, two = EndpointResolver(json.loads(content)), EndpointResolver(lean)
    places = 0
    for partition in one.get_available_partitions():
        assert partition in two.get_available_partitions()
        for service in SERVICES:
            for region in one.get_available_endpoints(service, partition):
                assert one.construct_endpoint(service, region, partition) == two.construct_endpoint(
                    service, region, partition
                )
                places += 1
    assert places > 200
    assert len(json.dumps(lean)) < len(content) / 5


def test_a_member_called_documentation_stays() -> None:
    model = {"documentation": "words", "members": {"documentation": {"shape": "String"}}}
    members = {"documentation": {"shape": "String"}}
    assert models.undocumented(model) == {"documentation": "", "members": members}


def test_nothing_else_is_touched() -> None:
    entries = {"app.py": b"1", "botocore/data/_retry.json": b"{}", "x/data/a.json.gz": b"2"}
    assert models.lean(entries) == entries
