"""The console: pages for officers and auditors over the engine's own doors.

Everything an officer does here goes through the same verbs as on the command line; pages read
through ``reading``. No business rule and no amount is made here. It works without JavaScript, and
loads nothing from outside.
"""

from cct_engine.console.app import application, routes
from cct_engine.console.routes import ANYBODY, SIGNED_IN, Route
from cct_engine.console.serve import serve

__all__ = ["ANYBODY", "SIGNED_IN", "Route", "application", "routes", "serve"]
