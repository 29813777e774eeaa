"""The environment is read once; what is missing, empty or unsafe is refused by name."""

from dataclasses import fields

import pytest

from chalicelib.core.settings import Settings, SettingsError
from tests.fakes.cloud import settings

LOCAL = {f.name.upper(): getattr(settings(), f.name) for f in fields(Settings)}
PROD = LOCAL | {"STAGE": "prod", "PREFIX": "mutual-aid-prod", "BASE_URL": "https://hz.example.cn"}
OPTIONAL = {"SMS_API_URL", "DOMAIN_FILES"}
REQUIRED = sorted(set(LOCAL) - OPTIONAL)


def test_a_complete_environment_is_accepted() -> None:
    made = Settings.from_env(PROD | {"PATH": "/bin", "AWS_REGION": "cn-northwest-1"})
    assert (made.stage, made.local, made.secure) == ("prod", False, True)
    assert made.table("members") == "mutual-aid-prod-members"


@pytest.mark.parametrize("name", REQUIRED)
@pytest.mark.parametrize("value", [None, "", " \t"], ids=["missing", "empty", "blank"])
def test_each_variable_is_needed(name: str, value: str | None) -> None:
    env = {key: text for key, text in PROD.items() if key != name}
    if value is not None:
        env[name] = value
    with pytest.raises(SettingsError, match=name):
        Settings.from_env(env)


def test_every_problem_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({})
    assert all(name in str(caught.value) for name in REQUIRED)


def test_little_may_be_left_out() -> None:
    made = Settings.from_env({name: PROD[name] for name in REQUIRED})
    assert (made.sms_api_url, made.domain_files) == ("", "")


def test_spaces_around_values_are_not_part_of_them() -> None:
    assert Settings.from_env(PROD | {"PREFIX": " mutual-aid-prod\n"}).prefix == "mutual-aid-prod"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"BASE_URL": "http://hz.example.cn"}, "https"),
        ({"BASE_URL": "ftp://hz.example.cn"}, "https"),
        ({"BASE_URL": "https://hz.example.cn/"}, "slash"),
        ({"FRAME_ANCESTORS": "http://localhost:8080"}, "FRAME_ANCESTORS"),
        ({"FRAME_ANCESTORS": "*"}, "FRAME_ANCESTORS"),
    ],
)
def test_what_is_unsafe_is_refused(change: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        Settings.from_env(PROD | change)


def test_the_local_stage_may_use_http_and_be_framed_by_the_phone() -> None:
    env = {"BASE_URL": "http://localhost:8000", "FRAME_ANCESTORS": "http://localhost:8080"}
    made = Settings.from_env(LOCAL | env)
    assert (made.local, made.secure) == (True, False)


def test_settings_do_not_change() -> None:
    with pytest.raises(AttributeError):
        settings().stage = "prod"  # type: ignore[misc]
