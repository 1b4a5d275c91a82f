"""Work in progress: how far it is, and how to go on when it stopped."""

from __future__ import annotations

from cct_engine.console.answers import Answer, View
from cct_engine.console.deeds import STEP_WORDS
from cct_engine.console.routes import EVERY_ROLE, Router
from cct_engine.console.visit import NotThere, Visit
from cct_engine.console.works import job_of
from cct_engine.people import Role

__all__ = ["router"]

router = Router()


@router.page("/jobs/{job}", EVERY_ROLE)
def job(visit: Visit) -> Answer:
    """One piece of work; its starter sees it, and who reads everything."""
    found = job_of(visit.connection, visit.number("job"))
    if found is None:
        raise NotThere
    if found.officer_id != visit.session.officer_id and not visit.has(Role.AUDITOR):
        raise NotThere
    noun, _, name = found.subject.partition("/")
    back = {
        "cycle": f"/cycles/{name}",
        "bank": "/answers",
        "feed": "/feeds",
        "programme": f"/programmes/{name}",
        "whatif": f"/whatif/{name}",
        "suspense": f"/suspense/{name}",
        "finding": f"/exceptions/{name}",
        "registry": "/returns",
        "notice": "/notices",
    }.get(noun, "/")
    if noun == "whatif" and found.state not in {"done", "running"}:
        back = "/programmes"  # a law that was not tried has no page
    title = f"{STEP_WORDS.get(found.verb, found.verb)} – {name}"
    return View("job.html", title, {"job": found, "back": back, "name": name})
