"""A real language model: its weights, its words, and its forward pass with the taps of the book's own models."""
