"""Probes: questions put to a trained model, each answered by a result dataclass whose arrays name their axes.

Every probe is built on one primitive, a forward pass with taps (`deref.model.taps`), and leaves the model as it was.
Interventions (`ablate`, `patch_edges`, `prune_edges`, `attribute_edges`, `patch_heads`, `patch_stream`, `path_patch`,
an `Eraser`'s tap) take any model that offers what `deref.probes.base.tappable` asks for; probes of the pointer task
take its own models, whose trie makes them cheap.
"""
