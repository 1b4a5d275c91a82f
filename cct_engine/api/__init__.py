"""The API: the acts of the console and the command line as JSON, for programs of officers.

Thin: every act goes through the engine's own doors, which decide who may; here it is only said
whose token it is, whether the same was asked before, and what went wrong.
"""

from cct_engine.api.app import application, routes
from cct_engine.api.routes import ANYBODY, BASE, SIGNED_IN, Way

__all__ = ["ANYBODY", "BASE", "SIGNED_IN", "Way", "application", "routes"]
