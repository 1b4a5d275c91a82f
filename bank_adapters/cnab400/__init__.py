"""CNAB 400, Brazil: the older files of collections. They are recognised and counted, no more."""
