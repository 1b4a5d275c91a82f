"""Looks an installation over and says what to mend, before it matters.

It reads and changes nothing. Each check gives findings as values; a check that cannot look says so
as a finding. What it says names settings, files and roles, never a secret or a person.
"""

from cct_engine.doctor.findings import Finding, Grade
from cct_engine.doctor.looking import examine

__all__ = ["Finding", "Grade", "examine"]
