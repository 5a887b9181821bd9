"""The derivative of softmax, against its Jacobian written out."""

import torch

from deref.sections.ch06.scaling import scaling


def test_the_norm_of_softmaxs_derivative_is_that_of_its_jacobian():
    scores = 3 * torch.randn(4, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    exact = torch.stack([torch.autograd.functional.jacobian(lambda x: x.softmax(-1), row).norm() for row in scores])
    assert torch.allclose(scaling.jacobian_norm(scores.softmax(-1)), exact, atol=1e-12)
    one_hot = torch.eye(6, dtype=torch.float64)[:1]
    assert scaling.jacobian_norm(one_hot).tolist() == [0.0]
