"""ISO 20022: pain.001 out, pain.002 and camt.05x in. ISO's short names live only here."""

__all__: list[str] = []
