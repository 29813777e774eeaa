"""Stage files and the local place: wrong settings are refused with their names."""

import os
import stat
import tomllib
from pathlib import Path

import pytest

from infra import stages
from infra.errors import InfraError
from infra.local.guard import alive
from infra.local.place import Place, Ports
from infra.paths import STAGES


def example() -> dict[str, object]:
    return {**tomllib.loads((STAGES / "prod.example.toml").read_text("utf-8")), "name": "prod"}


def test_the_example_is_a_whole_stage():
    stage = stages.parse(example(), "prod.toml")
    assert stage.prefix == "mutual-aid-prod"
    assert stage.keep.data is True
    assert not stage.local


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"acount": "123456789012"}, "acount: is not a setting"),
        ({"account": "12"}, "account:"),
        ({"base_url": "http://hz.example.org.cn"}, "https"),
        ({"base_url": "https://hz.example.org.cn/"}, "base_url:"),
        ({"base_url": "https://other.example.org.cn"}, "domain.name"),
        ({"frame_ancestors": "https://evil.example"}, "frame_ancestors"),
        ({"network": {"subnet_ids": ["subnet-1"]}}, "belong together"),
        ({"sms": {"provider": "carrier pigeon"}}, "sms.provider"),
        ({"keep": {"log_days": 3}}, "keep.log_days"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(change: dict[str, object], named: str):
    with pytest.raises(InfraError, match=named):
        stages.parse({**example(), **change}, "prod.toml")


def test_all_missing_settings_are_named_at_once():
    with pytest.raises(InfraError) as caught:
        stages.parse({"name": "prod"}, "prod.toml")
    for key in ("region", "account", "base_url", "org_name", "wechat", "sms"):
        assert f"{key}: is missing" in str(caught.value)


@pytest.mark.parametrize("name", ["../prod", "Prod", "", "p", "prod.example"])
def test_a_stage_name_is_no_path(name: str):
    with pytest.raises(InfraError):
        stages.load(name)


def test_toml_that_cannot_be_read_is_refused(tmp_path: Path):
    (tmp_path / "dev.toml").write_text("region = \n")
    with pytest.raises(InfraError, match=r"dev\.toml is not valid TOML"):
        stages.load("dev", folder=tmp_path)


def test_the_local_stage_follows_its_ports_and_its_account(tmp_path: Path):
    place = Place(tmp_path, Ports(front=8001, phone=8002, cloud=8003))
    stage = place.stage()
    assert stage.base_url == "http://localhost:8001"
    assert stage.frame_ancestors == stage.wechat.open_url == "http://localhost:8002"
    assert stage.sms.api_url == stage.wechat.api_url == "http://127.0.0.1:8002"
    assert stage.wechat.app_id == place.wechat()["app_id"]


def test_local_secrets_are_made_once_and_for_the_owner_only(tmp_path: Path):
    place = Place(tmp_path, Ports())
    first = place.wechat()
    assert place.wechat() == first
    assert Place(tmp_path / "other", Ports()).wechat() != first
    assert len(first["aes_key"]) == 43
    assert "app_id" not in place.secret("wechat")
    assert stat.S_IMODE((tmp_path / "wechat.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["80", "http", "70000", "8000 "])
def test_a_port_that_is_none_is_refused(text: str):
    with pytest.raises(InfraError, match="FRONT_PORT"):
        Ports.from_env({"FRONT_PORT": text})


def test_the_living_are_told_from_the_dead():
    assert alive(os.getpid())
    child = os.posix_spawn("/bin/true", ["true"], {})
    # Unreaped, it is dead all the same.
    while alive(child):
        pass
    os.waitpid(child, 0)
    assert not alive(child)
