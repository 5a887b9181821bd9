"""The model: attention one can see, a transformer with a seed axis, and taps to read and write inside it."""
