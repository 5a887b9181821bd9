"""Probes: questions put to a trained model, each answered by a result dataclass whose arrays name their axes.

Every probe is built on one primitive, a forward pass with taps (`deref.model.taps`), and leaves the model as it was.
"""
