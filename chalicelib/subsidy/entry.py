"""The way into an application: what to have at hand, by when, and the first consent."""

from collections.abc import Mapping

from chalicelib.core.clock import beijing_date
from chalicelib.subsidy import drafts, views
from chalicelib.subsidy import page_texts as texts
from chalicelib.subsidy.plan import plan_for
from chalicelib.web.answers import Page
from chalicelib.web.result import Action, result
from chalicelib.web.visit import Visit


def page(visit: Visit, errors: Mapping[str, str], status: int = 200) -> Page:
    """Return the page before the first step, or the truth when no plan is in effect."""
    plan = plan_for(drafts.plans_of(visit), beijing_date(visit.world.clock.now()))
    if plan is None:
        back = Action("返回", "/subsidies", "primary")
        return result(texts.NO_PLAN_TITLE, texts.NO_PLAN_TEXT, back, mark="waiting")
    agreed = visit.form.get("agree") == "1"
    return Page("subsidy/new.html", views.new_view(plan, errors, agreed=agreed), status)
