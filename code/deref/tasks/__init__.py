"""Tasks: what a model is asked to do, as tokens, layouts and exact answers."""
