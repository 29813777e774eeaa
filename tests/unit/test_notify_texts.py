"""Every text with the longest it can meet: it fits, and it says nothing about a person."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.casework.kind import kinds
from chalicelib.core.clock import BEIJING
from chalicelib.notify.texts import Facts, Words, field_fits, parse, texts
from infra.local.sms import TEMPLATES as SMS
from infra.local.wechat.templates import TEMPLATES as WECHAT
from infra.local.wechat.templates import fill
from tests.architecture import house
from tests.fakes.cloud import settings

LONGEST = Facts(
    "BG" + "9" * 20, "住院医疗补助申请（十二字）"[:20], datetime(2026, 12, 31, 15, 59, tzinfo=UTC)
)
MESSAGES = sorted(texts().messages.items())


@pytest.fixture(params=MESSAGES, ids=lambda pair: pair[0])
def words(request: pytest.FixtureRequest) -> Words:
    found: Words = request.param[1]
    return found


def test_wechat_takes_every_field(words: Words) -> None:
    fields = texts().wechat_fields(words, LONGEST)
    assert [name for name, value in fields.items() if not field_fits(name, value)] == []
    template, lines = fill(
        settings().wechat_case_template, {name: {"value": value} for name, value in fields.items()}
    )
    assert len(lines) == len(fields) == len(template.fields)


def test_the_sms_template_gets_as_many_variables_as_it_has(words: Words) -> None:
    params = texts().sms_params(words, LONGEST)
    assert len(params) == SMS[settings().sms_case_template].variables
    assert all(0 < len(param) <= 32 for param in params)


def test_in_app_texts_are_short_and_whole(words: Words) -> None:
    text = texts().fill(words.text, words, LONGEST)
    assert 2 <= len(words.title) <= 20
    assert 10 <= len(text) <= 120
    assert text.endswith("。")
    assert 2 <= len(words.link) <= 10
    assert words.channels
    assert "{" not in text + words.title + words.link + words.state


def test_a_text_can_say_only_what_it_is_given() -> None:
    toml = '[sms]\nparams = ["{name}"]\n[wechat]\n[messages.a]\ntitle="a"\ntext="b"\nlink="c"\nstate="d"\nchannels=["sms"]\n'
    book = parse(toml)
    with pytest.raises(KeyError):
        book.sms_params(book.messages["a"], LONGEST)


def test_times_are_beijing_times() -> None:
    at = datetime(2026, 12, 31, 15, 59, tzinfo=UTC)
    assert at.astimezone(BEIJING).utcoffset() == timedelta(hours=8)
    assert texts().fill("{at}", MESSAGES[0][1], Facts("BG1", "x", at)) == "2026-12-31 23:59"


@pytest.mark.parametrize(
    ("name", "value", "fits"),
    [
        ("thing1", "字" * 20, True),
        ("thing1", "字" * 21, False),
        ("thing1", "", False),
        ("thing1", "两\n行", False),
        ("phrase2", "已退回修改", True),
        ("phrase2", "已退回修改了", False),
        ("phrase2", "OK", False),
        ("character_string3", "B" * 32, True),
        ("character_string3", "B" * 33, False),
        ("character_string3", "编号", False),
        ("time4", "2026-11-23 14:28", True),
        ("time4", "今天", False),
        ("colour5", "red", False),
    ],
)
def test_field_types(name: str, value: str, *, fits: bool) -> None:
    assert field_fits(name, value) is fits


def test_the_simulated_account_has_our_template() -> None:
    template = WECHAT[settings().wechat_case_template]
    assert {key for key, _label in template.fields} == set(texts().wechat)


def test_every_kind_of_case_has_its_words() -> None:
    house.app()
    for kind in kinds():
        assert set(kind.messages.values()) <= set(texts().messages), kind.name
        facts = Facts(kind.prefix + "9" * 20, kind.label, LONGEST.at)
        for name in kind.messages.values():
            fields = texts().wechat_fields(texts().messages[name], facts)
            assert all(field_fits(field, value) for field, value in fields.items()), kind.name
