"""What the API takes and gives, as values: amounts are integers of minor units, days ISO dates."""
