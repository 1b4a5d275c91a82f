"""The kinds of feeds the registry takes in, each with its fields, its rules and its tables."""

from cct_engine.registry.kinds.accounts import ACCOUNT_SCHEME, ACCOUNTS
from cct_engine.registry.kinds.contacts import CONTACTS
from cct_engine.registry.kinds.deaths import DEATHS
from cct_engine.registry.kinds.enrolments import ENROLMENTS
from cct_engine.registry.kinds.households import HOUSEHOLDS
from cct_engine.registry.kinds.persons import PERSONS
from cct_engine.registry.kinds.places import AREAS, CENTRES
from cct_engine.registry.kinds.pregnancies import PREGNANCIES

__all__ = ["ACCOUNT_SCHEME", "KINDS"]

KINDS = {
    kind.name: kind
    for kind in (
        AREAS,
        CENTRES,
        HOUSEHOLDS,
        PERSONS,
        PREGNANCIES,
        ACCOUNTS,
        ENROLMENTS,
        DEATHS,
        CONTACTS,
    )
}
