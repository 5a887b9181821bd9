"""Training that stops on its way and goes on in another trainer."""

import json

import torch


def resumed(config, seeds, steps, at):
    """Train whole, and again with a stop; see that both come to the same, bit for bit.

    Args:
        config: what is trained.
        seeds: of the ensemble.
        steps: of the whole training.
        at: after how many steps the second one stops, to go on from its state in a trainer of its own.

    Returns:
        The trainer that went through, and the values of its model before the first step, by name.
    """
    whole, before, after = (config.trainer(seeds) for _ in range(3))
    started = {name: value.clone() for name, value in whole.model.state_dict().items()}
    whole.step_many(steps)
    before.step_many(at)
    tensors, state = before.state()
    before.step_many(1)  # a state is a copy: what its trainer does later must not reach it
    after.load_state(tensors, json.loads(json.dumps(state)))
    assert after.progress.step == at
    after.step_many(steps)
    assert whole.done and after.done
    assert after.history.to_json() == whole.history.to_json()
    (tensors, state), (expected, expected_state) = after.state(), whole.state()
    assert state == expected_state and tensors.keys() == expected.keys()
    for name in expected:
        assert torch.equal(tensors[name], expected[name]), name
    return whole, started
