"""What an operator watches, as Prometheus reads it: counts, money and ages, nothing of a person.

Each look reads the database once, in one moment that changes nothing, so the figures fit one
another and any process can serve them. They are served beside the console, on this machine only.
"""

from cct_engine.metrics.collecting import Collector
from cct_engine.metrics.serving import serve

__all__ = ["Collector", "serve"]
