"""Operations of models/fit in PyTorch float64: outputs, and Jᵀg by central differences; a small network's losses under Adam.

    pip install torch numpy; python fit.py > ../fit.json
"""

import json

import torch
import torch.nn.functional as F

torch.manual_seed(5)
torch.set_default_dtype(torch.float64)


def draw(*shape):
    # of three decimals, so that float32 and the file hold nearly the same numbers; away from 0, where some slopes jump
    x = torch.randn(*shape)
    x = torch.where(x.abs() < 0.05, 0.05, x)
    return (x * 1000).round() / 1000


def batch_norm(x):
    return F.batch_norm(x, None, None, training=True)


def affine(norm):
    return lambda x, factor, shift: norm(x) * factor + shift


IMAGE, ODD = (1, 2, 6, 8), (1, 3, 5, 7)
CASES = [
    ("add", {}, [IMAGE, (1, 2, 1, 1)], lambda a, b: a + b),
    ("subtract", {}, [(2, 1, 4), (3, 1)], lambda a, b: a - b),
    ("multiply", {}, [IMAGE, (8,)], lambda a, b: a * b),
    ("scale", {"factor": -1.5}, [(3, 4)], lambda a: -1.5 * a),
    ("matmul", {}, [(3, 5), (5, 4)], lambda a, b: a @ b),
    ("reshape", {"shape": [4, 24]}, [IMAGE], lambda a: a.reshape(4, 24)),
    ("transpose", {"order": [2, 0, 1]}, [(2, 3, 4)], lambda a: a.permute(2, 0, 1)),
    ("concat", {"axis": 1}, [IMAGE, (1, 3, 6, 8)], lambda a, b: torch.cat([a, b], 1)),
    ("slice", {"axis": 2, "from": 1, "to": 4}, [IMAGE], lambda a: a[:, :, 1:4]),
    ("sum", {}, [(3, 4)], lambda a: a.sum()),
    ("sum", {"axes": [1], "keep": True}, [ODD], lambda a: a.sum(1, keepdim=True)),
    ("mean", {"axes": [2, 3], "keep": False}, [ODD], lambda a: a.mean((2, 3))),
    ("largest", {"axes": [1], "keep": True}, [ODD], lambda a: a.amax(1, keepdim=True)),
    ("largest", {"axes": [2, 3], "keep": False}, [ODD], lambda a: a.amax((2, 3))),
    ("sumOfSquares", {}, [(3, 4)], lambda r: (r * r).sum()),
    ("relu", {}, [ODD], F.relu),
    ("relu6", {}, [ODD], lambda x: F.relu6(x)),
    ("leakyRelu", {"slope": 0.2}, [ODD], lambda x: F.leaky_relu(x, 0.2)),
    ("sigmoid", {}, [ODD], torch.sigmoid),
    ("silu", {}, [ODD], F.silu),
    ("batchNorm", {}, [(2, 3, 4, 5)], batch_norm),
    ("instanceNorm", {}, [(2, 3, 4, 5)], F.instance_norm),
    ("padReflect", {"size": 1}, [ODD], lambda x: F.pad(x, (1,) * 4, "reflect")),
    ("padReflect", {"size": 3}, [ODD], lambda x: F.pad(x, (3,) * 4, "reflect")),
    ("padReflect", {"size": 2}, [(1, 1, 9, 6)], lambda x: F.pad(x, (2,) * 4, "reflect")),
    ("meanPool", {}, [IMAGE], lambda x: F.avg_pool2d(x, 2)),
    ("upsample", {}, [ODD], lambda x: F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)),
    ("convolution", {}, [ODD, (4, 3, 3, 3)], lambda x, w: F.conv2d(x, w)),
    ("convolution", {"padding": 1}, [ODD, (4, 3, 3, 3), (4,)], lambda x, w, b: F.conv2d(x, w, b, padding=1)),
    ("convolution", {}, [ODD, (2, 3, 1, 1)], lambda x, w: F.conv2d(x, w)),
    ("convolution", {"padding": 1}, [(2, 6, 4, 5), (9, 6, 3, 3)], lambda x, w: F.conv2d(x, w, padding=1)),
    ("convolution", {"padding": 2, "stride": 2}, [(1, 2, 6, 9), (3, 2, 5, 3)], lambda x, w: F.conv2d(x, w, padding=2, stride=2)),
    ("convolution", {"padding": 1, "groups": 2}, [(2, 4, 4, 5), (6, 2, 3, 3)], lambda x, w: F.conv2d(x, w, padding=1, groups=2)),
    ("convolution", {"padding": 1, "groups": 3}, [ODD, (3, 1, 3, 3)], lambda x, w: F.conv2d(x, w, padding=1, groups=3)),
    ("transposedConvolution", {"stride": 2, "padding": 1}, [(1, 3, 4, 3), (3, 2, 4, 4)], lambda x, w: F.conv_transpose2d(x, w, stride=2, padding=1)),
    ("transposedConvolution", {"groups": 2}, [(2, 4, 3, 3), (4, 3, 2, 2)], lambda x, w: F.conv_transpose2d(x, w, groups=2)),
    # as one core has the gradient of kernels of many channels
    ("convolution", {}, [(1, 8, 6, 5), (3, 8, 3, 2)], lambda x, w: F.conv2d(x, w)),
    ("convolution", {"padding": 2}, [(1, 9, 4, 5), (2, 9, 3, 3)], lambda x, w: F.conv2d(x, w, padding=2)),
    ("batchNorm", {}, [(2, 3, 4, 5), (1, 3, 1, 1), (1, 3, 1, 1)], affine(batch_norm)),
    ("instanceNorm", {}, [(2, 3, 4, 5), (1, 3, 1, 1), (1, 3, 1, 1)], affine(F.instance_norm)),
]
# those after came later: draws of the network stay what they were
BEFORE = 36


def differences(function, inputs, g, at, h=1e-5):
    out = torch.zeros_like(inputs[at])
    for n in range(out.numel()):
        sides = []
        for sign in (1, -1):
            moved = [x.clone() for x in inputs]
            moved[at].view(-1)[n] += sign * h
            sides.append((function(*moved) * g).sum())
        out.view(-1)[n] = (sides[0] - sides[1]) / (2 * h)
    return out


def numbers(x):
    return {"shape": list(x.shape), "values": [float(f"{v:.7g}") for v in x.reshape(-1).tolist()]}


operations = []
for at_case, (name, options, shapes, function) in enumerate(CASES):
    if at_case == BEFORE:
        state = torch.get_rng_state()
    inputs = [draw(*shape) for shape in shapes]
    y = function(*inputs)
    g = draw(*y.shape) if y.dim() else torch.tensor(1.5)
    found = [differences(function, inputs, g, at) for at in range(len(inputs))]
    with torch.enable_grad():
        leaves = [x.clone().requires_grad_() for x in inputs]
        exact = torch.autograd.grad((function(*leaves) * g).sum(), leaves)
    for a, b in zip(found, exact):
        assert (a - b).abs().max() < 1e-7 * (1 + b.abs().max()), name
    operations.append(
        {"name": name, "options": options, "inputs": [numbers(x) for x in inputs], "y": numbers(y), "g": numbers(g), "gradients": [numbers(x) for x in found]}
    )
torch.set_rng_state(state)


def network(z, w, c):
    """Two scales, reflection, batch norm, LeakyReLU, skips and channel attention as in test/models/fit/network.ts."""
    conv = lambda x, k: F.conv2d(F.pad(x, (1,) * 4, "reflect"), k)
    block = lambda x, k, a, b: F.leaky_relu(batch_norm(conv(x, k)) * a + b, 0.2)
    top = block(z, w[0], w[1], w[2])
    deep = block(F.avg_pool2d(top, 2), w[3], w[4], w[5])
    attention = torch.sigmoid(F.conv2d(deep.mean((2, 3), keepdim=True), w[6]) + F.conv2d(deep.amax((2, 3), keepdim=True), w[6]))
    up = F.interpolate(deep * attention, scale_factor=2, mode="bilinear", align_corners=False)
    return F.conv2d(torch.cat([top, up], 1), w[7], w[8]) + c


shapes = [(4, 3, 3, 3), (1, 4, 1, 1), (1, 4, 1, 1), (6, 4, 3, 3), (1, 6, 1, 1), (1, 6, 1, 1), (6, 6, 1, 1), (2, 10, 1, 1), (2,)]
z, target, weight = draw(1, 3, 8, 12), draw(1, 2, 8, 12), (torch.rand(1, 1, 8, 12) < 0.7).double()
start = [0.3 * draw(*s) + (1.0 if n in (1, 4) else 0.0) for n, s in enumerate(shapes)]
start = [(x * 1e4).round() / 1e4 for x in start]
w = [x.clone().requires_grad_() for x in start]
optimiser = torch.optim.Adam(w, lr=0.01)
losses = []
for step in range(20):
    optimiser.zero_grad()
    loss = (weight * (network(z, w, 0.1) - target) ** 2).sum() / weight.sum()
    loss.backward()
    if step == 0:
        first = torch.cat([x.grad.reshape(-1) for x in w])
    losses.append(loss.item())
    optimiser.step()
end = torch.cat([x.detach().reshape(-1) for x in w])

print(
    json.dumps(
        {
            "operations": operations,
            "network": {
                **{name: numbers(x) for name, x in dict(z=z, target=target, weight=weight, gradient=first, end=end).items()},
                "start": [numbers(x) for x in start],
                "losses": losses,
            },
        }
    )
)
