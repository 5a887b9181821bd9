"""What a page's trainer makes of exported weights and memories: its loss, and the size of each of its gradients."""

# Called with the folder or address of the explorables' scripts, and a case of `deref.explorables.train_pointer.case`.
CASE = """async (scripts, { recipe, values, memories }) => {
  const { Trainer } = await import(`${scripts}/train/trainer.js`);
  const trainer = new Trainer(recipe, 1), { parameters } = trainer;
  for (const [name, numbers] of Object.entries(values)) parameters.value(name).set(numbers);
  const loss = trainer.lossOf(memories);
  return { loss, norms: Object.fromEntries([...parameters.places.keys()].map((name) =>
    [name, Math.hypot(...parameters.gradient(name))])) };
}"""
