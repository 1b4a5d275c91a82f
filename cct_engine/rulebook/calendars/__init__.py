"""Business calendars as data files with a version; the holidays of one country each."""
