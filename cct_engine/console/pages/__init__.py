"""The pages, one module for each subject; every one has a ``router`` of its routes."""

from cct_engine.console.pages import (
    approval,
    bank,
    books,
    cycles,
    exceptions,
    files,
    house,
    households,
    me,
    notices,
    openid,
    payments,
    people,
    rules,
    sign_in,
    suspense,
    tiers,
    today,
    whatif,
    work,
)

__all__ = ["ROUTERS"]

ROUTERS = (
    sign_in.router,
    openid.router,
    today.router,
    me.router,
    work.router,
    approval.router,
    payments.router,
    cycles.router,
    households.router,
    exceptions.router,
    files.router,
    bank.router,
    suspense.router,
    books.router,
    rules.router,
    whatif.router,
    house.router,
    people.router,
    tiers.router,
    notices.router,
)
