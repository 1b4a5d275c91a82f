"""Whatever a shipped law reads, some feed can bring it: no programme waits for a column."""

from __future__ import annotations

import pytest

from cct_engine import compliance, registry
from cct_engine.rulebook import Rulebook, programmes, versions
from cct_engine.rulebook.names import BUILT_IN_NAMES

LAWS = [law for code in programmes() for law in versions(code)]
FEED_OF = {"household": "households", "member": "persons", "pregnancy": "pregnancies"}
SUBJECT_OF = {"household": "household", "member": "person"}


@pytest.mark.parametrize("law", LAWS, ids=[law.stem for law in LAWS])
def test_every_own_attribute_has_a_column_of_its_type_in_a_feed(law: Rulebook) -> None:
    for noun, feed in FEED_OF.items():
        declaration = registry.feed(feed)
        for name, attribute in law.own_attributes(noun).items():
            if name in BUILT_IN_NAMES[noun] or name in declaration.columns:
                continue
            assert name in declaration.attributes, f"{law.stem}: {noun}.{name}"
            assert declaration.attributes[name].type == attribute.type


@pytest.mark.parametrize("law", LAWS, ids=[law.stem for law in LAWS])
def test_every_fact_is_brought_by_a_feed_about_the_same_subject_in_the_same_measure(
    law: Rulebook,
) -> None:
    brought = {
        kind: (fact.subject, fact.measure)
        for name in compliance.feeds
        for kind, fact in compliance.feed(name).facts.items()
    }
    for kind, fact in law.law.facts.items():
        assert brought.get(kind) == (SUBJECT_OF[fact.of], fact.measure), f"{law.stem}: {kind}"
