"""Small networks with a closed form, and their cards -> test/golden/networks/. Run from the repository root with onnx, numpy and
onnxruntime installed: python test/golden/scripts/networks.py

Of an image x [N, C, H, W] and a noise input t [N], all but the faulty ones give

    f[n, o] = sum_c W[o, c] x[n, c] + m mean(x[n, o % C]) + u[o] t[n]

with the mean over the (padded) image, so that padding, order of planes and noise input all show. Guided ones, which have a condition
c [N, Q, H, W], add

    sum_q V[o, q] c[n, q] + k mean(c[n, o % Q])

W, m, u, V and k are in the card under "closedForm"; the script ends by comparing the graphs with it.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

OUT = Path("test/golden/networks")
REAL = {"w": [[0.75]], "m": 0.5, "u": [0.125]}
COMPLEX = {"w": [[0.8, -0.3], [0.25, 0.6]], "m": 0.4, "u": [0.1, -0.2]}
# learned variance: two further planes, which must not be used
VARIANCE = {"w": COMPLEX["w"] + [[900.0, 0.0], [0.0, 900.0]], "m": 0.4, "u": [0.1, -0.2, 7.0, 7.0]}

GUIDED = {**REAL, "v": [[0.3, -0.7, 1.1]], "k": 0.6}
GUIDED_COMPLEX = {**COMPLEX, "v": [[0.3, -0.2, 0.7, 0.15], [-0.45, 0.5, 0.1, -0.9]], "k": -0.35}


def integers(name, values):
    return numpy_helper.from_array(np.array(values, np.int64), name)


def floats(name, values):
    return numpy_helper.from_array(np.array(values, np.float32), name)


def graph(nodes, initialisers, channels, planes, noise=TensorProto.FLOAT, size=("N", "H", "W"), more=(), output=None):
    n, height, width = size
    inputs = [
        helper.make_tensor_value_info("x", TensorProto.FLOAT, [n, channels, height, width]),
        helper.make_tensor_value_info("t", noise, [n]),
        *more,
    ]
    outputs = [output or helper.make_tensor_value_info("f", TensorProto.FLOAT, [n, planes, height, width])]
    made = helper.make_graph(nodes, "closed form", inputs, outputs, initialisers)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=10, producer_name="slicewise")
    onnx.checker.check_model(model, full_check=True)
    return model


def node(kind, inputs, output, **attributes):
    return helper.make_node(kind, inputs, [output], **attributes)


def closed_form(form, cast=False, **options):
    w, m, u = np.array(form["w"], np.float32), form["m"], np.array(form["u"], np.float32)
    planes, channels = w.shape
    initialisers = [
        floats("w", w[:, :, None, None]),
        floats("m", m),
        floats("u", u[None, :, None, None]),
        integers("hw", [2, 3]),
        integers("chw", [1, 2, 3]),
        integers("order", [o % channels for o in range(planes)]),
    ]
    condition = "v" in form
    if condition:
        v = np.array(form["v"], np.float32)
        initialisers += [floats("v", v[:, :, None, None]), floats("k", form["k"]), integers("order_c", [o % v.shape[1] for o in range(planes)])]
        n, height, width = options.get("size", ("N", "H", "W"))
        options["more"] = [helper.make_tensor_value_info("c", TensorProto.FLOAT, [n, v.shape[1], height, width])]
    nodes = [
        node("Conv", ["x", "w"], "wx"),
        node("ReduceMean", ["x", "hw"], "mean", keepdims=1),
        node("Gather", ["mean", "order"], "means", axis=1),
        node("Mul", ["means", "m"], "mm"),
        *([node("Cast", ["t"], "t_float", to=TensorProto.FLOAT)] if cast else []),
        node("Unsqueeze", ["t_float" if cast else "t", "chw"], "tt"),
        node("Mul", ["tt", "u"], "tu"),
        node("Add", ["wx", "mm"], "sum"),
        *(
            [
                node("Conv", ["c", "v"], "vc"),
                node("ReduceMean", ["c", "hw"], "mean_c", keepdims=1),
                node("Gather", ["mean_c", "order_c"], "means_c", axis=1),
                node("Mul", ["means_c", "k"], "kc"),
                node("Add", ["vc", "kc"], "condition"),
                node("Add", ["sum", "condition"], "sum_c"),
            ]
            if condition
            else []
        ),
        node("Add", ["sum_c" if condition else "sum", "tu"], "f"),
    ]
    return graph(nodes, initialisers, channels, planes, TensorProto.INT64 if cast else TensorProto.FLOAT, **options)


def numpy_form(form, x, t, c=None):
    w, m, u = (np.array(form[k], np.float64) for k in ("w", "m", "u"))
    order = [o % x.shape[1] for o in range(len(w))]
    f = np.einsum("oc,nchw->nohw", w, x) + m * x.mean((2, 3), keepdims=True)[:, order] + (u[None] * t[:, None])[..., None, None]
    if c is None:
        return f
    order = [o % c.shape[1] for o in range(len(w))]
    return f + np.einsum("oq,nqhw->nohw", np.array(form["v"], np.float64), c) + form["k"] * c.mean((2, 3), keepdims=True)[:, order]


def faulty():
    """What cards cannot say, or say wrongly."""
    one, chw = floats("one", 1.0), integers("chw", [1, 2, 3])
    t_added = [node("Unsqueeze", ["t", "chw"], "tt"), node("Add", ["y", "tt"], "f")]
    unstated = helper.make_tensor_value_info("f", TensorProto.FLOAT, ["N", 1, "some", "other"])
    label = helper.make_tensor_value_info("label", TensorProto.FLOAT, ["N"])
    return {
        # nothing but NaN: log of a negative number
        "not-finite": graph([node("Abs", ["x"], "a"), node("Neg", ["a"], "b"), node("Sub", ["b", "one"], "c"), node("Log", ["c"], "y"), *t_added], [one, chw], 1, 1),
        # the mean over the batch: slices influence each other
        "batch-coupled": graph([node("ReduceMean", ["x", "zero"], "mean", keepdims=1), node("Sub", ["x", "mean"], "y"), *t_added], [integers("zero", [0]), chw], 1, 1),
        # half the image comes out, which the graph does not state
        "shrinks": graph([node("AveragePool", ["x"], "y", kernel_shape=[2, 2], strides=[2, 2]), *t_added], [chw], 1, 1, output=unstated),
        "third-input": graph([node("Unsqueeze", ["label", "chw"], "l"), node("Add", ["x", "l"], "y"), *t_added], [chw], 1, 1, more=[label]),
        "fixed-size": closed_form(REAL, size=("N", 64, 64)),
        # Hardmax has no kernel on a GPU, Shape and what follows belong on the CPU
        "no-gpu": graph([node("Hardmax", ["x"], "y", axis=-1), *t_added], [chw], 1, 1),
        "shapes": graph(
            [
                node("Shape", ["x"], "s"), node("Gather", ["s", "i0"], "n"), node("Gather", ["s", "i2"], "h"), node("Gather", ["s", "i3"], "w"),
                node("Mul", ["h", "w"], "hw"), node("Concat", ["n", "i1", "hw"], "flat", axis=0), node("Reshape", ["x", "flat"], "r"),
                node("Softmax", ["r"], "p", axis=-1), node("Reshape", ["p", "s"], "y"), *t_added,
            ],
            [integers(f"i{i}", [i]) for i in range(4)] + [chw], 1, 1,
        ),
    }  # fmt: skip


def card(name, model, channels, parametrisation, **more):
    data = model.SerializeToString()
    (OUT / f"{name}.onnx").write_bytes(data)
    sigmas = parametrisation.get("sigmas", [0.01, 10.0])
    made = {
        "name": name,
        "version": "1",
        "description": "A network with a closed form, for tests.",
        "file": f"{name}.onnx",
        "sha256": hashlib.sha256(data).hexdigest(),
        "modality": "none",
        "parametrisation": parametrisation,
        "inputs": {"x": "x", "noise": "t"},
        "output": "f",
        "sigmaMin": sigmas[0],
        "sigmaMax": sigmas[-1],
        "range": {"unit": "HU", "low": -1000, "high": 1000},
        "channels": channels,
        "plane": "any",
        "spacingMm": [0, 100],
        "sizeMultiple": 4,
        "padding": "constant",
        "parameters": sum(int(np.prod(i.dims)) for i in model.graph.initializer),
        "training": {"data": ["none: weights set by hand"]},
        "licence": "CC0-1.0",
        **more,
    }
    (OUT / f"{name}.json").write_text(json.dumps(made, indent=1) + "\n")


def main():
    OUT.mkdir(exist_ok=True)
    denoiser, table = {"kind": "denoiser"}, [0.01, 0.1, 0.5, 1.0, 4.0]
    forms = {"real": REAL, "complex": COMPLEX, "complex-edge": COMPLEX, "learned-variance": VARIANCE, "whole-steps": COMPLEX}
    card("real", closed_form(REAL), 1, denoiser, closedForm=REAL)
    card("complex", closed_form(COMPLEX), 2, denoiser, closedForm=COMPLEX)
    card("complex-edge", closed_form(COMPLEX), 2, denoiser, closedForm=COMPLEX, padding="edge")
    epsilon = {"kind": "epsilon", "sigmas": table}
    card("learned-variance", closed_form(VARIANCE), 2, epsilon, closedForm=VARIANCE, outputChannels="mean-variance")
    v = {"kind": "v", "sigmas": table}
    card("whole-steps", closed_form(COMPLEX, cast=True), 2, v, closedForm=COMPLEX, noiseType="int64")
    guide = {"kind": "shown", "planes": 3, "input": "c", "centre": 1, "start": {"plane": 1, "noise": False}}
    edm = {"kind": "edm", "sigmaData": 0.5}
    card("guided", closed_form(GUIDED), 1, edm, closedForm=GUIDED, guide=guide)
    guide = {"kind": "cgls", "options": {"iterations": 4}, "planes": 2, "input": "c"}
    card("guided-complex", closed_form(GUIDED_COMPLEX), 2, denoiser, closedForm=GUIDED_COMPLEX, guide=guide, padding="edge")
    forms |= {"guided": GUIDED, "guided-complex": GUIDED_COMPLEX}
    for name, model in faulty().items():
        card(name, model, 1, denoiser)

    random = np.random.default_rng(1)
    for name, form in forms.items():
        x, t = random.standard_normal((3, len(form["w"][0]), 5, 7)), np.array([0.0, 1.0, 3.0])
        session = onnxruntime.InferenceSession(OUT / f"{name}.onnx", providers=["CPUExecutionProvider"])
        given = t.astype(np.int64 if name == "whole-steps" else np.float32)
        feeds, c = {"x": x.astype(np.float32), "t": given}, None
        if "v" in form:
            c = random.standard_normal((3, len(form["v"][0]), 5, 7))
            feeds["c"] = c.astype(np.float32)
        got = session.run(["f"], feeds)[0]
        assert np.abs(got - numpy_form(form, x, t, c)).max() < 1e-6 * np.abs(got).max(), name


main()
