"""Everything that was typed, once more, before it is sent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlunsplit

from chalicelib.core import masking
from chalicelib.subsidy import forms, steps
from chalicelib.subsidy import page_texts as texts
from chalicelib.subsidy import stay as stays
from chalicelib.subsidy.draft import STEPS, Draft
from chalicelib.subsidy.estimates import EstimateView
from chalicelib.subsidy.forms import StepMark
from chalicelib.subsidy.judge import Judged
from chalicelib.subsidy.payee import FIELDS as PAYEE
from chalicelib.subsidy.plan import Level, Plan, Settlement
from chalicelib.subsidy.preview import preview
from chalicelib.subsidy.progress import Facts, Part, galleries, money_typed, payee_facts
from chalicelib.web.result import Action
from chalicelib.world import World

_MAY_BE_EMPTY = frozenset({"invoice_check", *stays.AMOUNTS}) - {"total", "pooled"}


class Wrong(NamedTuple):
    """What is to be mended, and where."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class ReviewView:
    """Everything once more, before it is sent."""

    action: str
    token_path: str
    version: str
    steps: tuple[StepMark, ...]
    wrong: tuple[Wrong, ...]
    parts: tuple[Part, ...]
    estimate: EstimateView
    unsent: str = texts.UNSENT
    bill_title: str = texts.BILL_TITLE
    submit_text: str = texts.SUBMIT
    title: str = texts.REVIEW_TITLE


def view(world: World, judged: Judged, errors: Mapping[str, str]) -> ReviewView:
    """Return the last look before an application is sent."""
    draft, plan, seen = judged.draft, judged.plan, preview(world, judged)
    here = f"/subsidies/{draft.number}"
    shown = galleries(plan.slots if plan else (), steps.pictures(draft, seen))
    facts = {
        "identity": (),
        "stay": typed_facts(draft),
        "account": _account_facts(judged),
    }
    return ReviewView(
        action=f"{here}/submit",
        token_path=f"{here}/review",
        version=str(draft.version),
        steps=steps.marks(judged, "review"),
        wrong=tuple(_wrong(draft, plan, errors)),
        parts=tuple(
            Part(
                texts.STEP_TITLES[step],
                facts[step],
                shown[step],
                (Action(texts.EDIT, f"{here}/{step}"),),
            )
            for step in STEPS
        ),
        estimate=steps.estimate_view(seen),
    )


def typed_facts(draft: Draft) -> Facts:
    """Return the stay as it was typed; what was left empty though it is needed says so."""
    found = []
    for name, label in stays.FIELDS.items():
        text = _shown(name, draft.fields.get(name, "").strip())
        if text or name not in _MAY_BE_EMPTY:
            found.append((label, text or texts.NOT_TYPED))
    return tuple(found)


def _shown(name: str, text: str) -> str:
    if name == "level" and text in set(Level):
        return Level(text).label
    if name == "settlement" and text in set(Settlement):
        return Settlement(text).label
    return money_typed(text) if name in stays.AMOUNTS and text else text


def _account_facts(judged: Judged) -> Facts:
    payee, _ = judged.payee
    if payee is not None:
        return payee_facts(payee)
    return tuple(
        (label, _account_text(name, judged.draft, judged.name)) for name, label in PAYEE.items()
    )


def _account_text(field_name: str, draft: Draft, holder: str) -> str:
    text = holder if field_name == "holder" else draft.fields.get(field_name, "")
    masks = {"holder": masking.name, "account": masking.account}
    return masks.get(field_name, str)(text) or texts.NOT_TYPED


def _wrong(draft: Draft, plan: Plan | None, errors: Mapping[str, str]) -> Iterable[Wrong]:
    """Yield what is wrong with a draft, each with the way to its field or picture."""
    numbers = {step: count for count, step in enumerate(STEPS, 1)}
    for name, said in errors.items():
        step = steps.step_of(draft, plan, name)
        if step:
            text = texts.WRONG_STEP.format(step=numbers[step], sentence=forms.named(name, said))
            yield Wrong(
                text, urlunsplit(("", "", f"/subsidies/{draft.number}/{step}", "check=1", name))
            )
        else:
            yield Wrong(said, "")
