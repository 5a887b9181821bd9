// AdamW with the book's schedule, as code/deref/train/optimiser.py has it.

const EPSILON = 1e-8; // PyTorch's

// The learning rate of a step, the first being step 1: a rise in a line, then half a cosine wave down to zero.
export function learningRate({ lr, warmup, steps }, step) {
  if (step < warmup) return lr * step / warmup;
  return lr * (1 + Math.cos(Math.PI * (step - warmup) / Math.max(1, steps - warmup))) / 2;
}

export class AdamW {
  constructor(parameters) {
    this.parameters = parameters;
    this.mean = new Float64Array(parameters.values.length); // of gradients
    this.square = new Float64Array(parameters.values.length); // of their squares
  }

  // Moves every parameter; `step` counts from 1.
  update(step) {
    const { mean, square, parameters: { values, gradients, recipe } } = this, [beta, gamma] = recipe.betas;
    const rate = learningRate(recipe, step), keep = 1 - rate * recipe.weight_decay;
    const size = rate / (1 - beta ** step), correct = 1 / Math.sqrt(1 - gamma ** step);
    for (let i = 0; i < values.length; i += 1) {
      const given = gradients[i];
      mean[i] += (1 - beta) * (given - mean[i]);
      square[i] = gamma * square[i] + (1 - gamma) * given * given;
      values[i] = values[i] * keep - size * mean[i] / (Math.sqrt(square[i]) * correct + EPSILON);
    }
  }
}
