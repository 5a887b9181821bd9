"""Training: a frozen configuration in, models and their history out."""
