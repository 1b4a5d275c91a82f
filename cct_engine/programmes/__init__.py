"""The laws that ship with the engine: each programme's rulebook, scenarios and sentences."""
