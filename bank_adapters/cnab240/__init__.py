"""CNAB 240 of FEBRABAN, Brazil: 240 characters a line; lots of payments in segments A and B."""
