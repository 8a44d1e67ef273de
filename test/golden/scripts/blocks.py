"""A small network of blocks with a closed form, and its card -> test/golden/networks/blocks.{onnx,json}. Run from the repository root with onnx, numpy and
onnxruntime installed: python test/golden/scripts/blocks.py

Of a block x [N, 1, A, B, C], a condition c [N, 2, A, B, C] and a noise input t [N]

    f[n, o] = w[o] x[n, 0] + m[o] mean(x[n, 0]) + u[o] t[n] + sum_q V[o, q] c[n, q]

with the mean over the (padded) block. w, m, u, V are in the card under "closedForm"; the script ends by comparing the graph with it.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

OUT = Path("test/golden/networks")
FORM = {"w": [0.75, 0.3], "m": [0.5, -0.25], "u": [0.125, -0.4], "v": [[0.3, -0.7], [0.2, 1.1]]}


def floats(name, values):
    return numpy_helper.from_array(np.array(values, np.float32), name)


def column(values):
    return np.array(values, np.float32).reshape(1, -1, 1, 1, 1)


def made():
    node = helper.make_node
    nodes = [
        node("Mul", ["x", "w"], ["wx"]),
        node("ReduceMean", ["x", "axes"], ["mean"], keepdims=1),
        node("Mul", ["mean", "m"], ["mm"]),
        node("Reshape", ["t", "five"], ["t5"]),
        node("Mul", ["t5", "u"], ["ut"]),
        node("Conv", ["c", "v"], ["vc"]),
        node("Sum", ["wx", "mm", "ut", "vc"], ["f"]),
    ]
    sides = ["A", "B", "C"]
    graph = helper.make_graph(
        nodes,
        "closed form",
        [
            helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 1, *sides]),
            helper.make_tensor_value_info("c", TensorProto.FLOAT, ["N", 2, *sides]),
            helper.make_tensor_value_info("t", TensorProto.FLOAT, ["N"]),
        ],
        [helper.make_tensor_value_info("f", TensorProto.FLOAT, ["N", 2, *sides])],
        [
            floats("w", column(FORM["w"])),
            floats("m", column(FORM["m"])),
            floats("u", column(FORM["u"])),
            floats("v", np.array(FORM["v"]).reshape(2, 2, 1, 1, 1)),
            numpy_helper.from_array(np.array([2, 3, 4], np.int64), "axes"),
            numpy_helper.from_array(np.array([-1, 1, 1, 1, 1], np.int64), "five"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10, producer_name="slicewise")
    onnx.checker.check_model(model, full_check=True)
    return model


def main():
    file = OUT / "blocks.onnx"
    onnx.save(made(), file)
    card = {
        "name": "blocks",
        "version": "1",
        "description": "A closed form of blocks, for tests.",
        "file": file.name,
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "modality": "seismic",
        "parametrisation": {"kind": "epsilon", "sigmas": [0.1, 0.5, 2, 10]},
        "inputs": {"x": "x", "noise": "t"},
        "output": "f",
        "outputChannels": "mean-variance",
        "guide": {"kind": "test", "planes": 2, "input": "c"},
        "block": {"shape": [3, 4, 8], "overlap": [1, 1, 2], "multiple": [1, 2, 4]},
        "sigmaMin": 0.1,
        "sigmaMax": 10,
        "range": {"unit": "amplitude", "low": 0, "high": 1},
        "channels": 1,
        "plane": "any",
        "spacingMm": [0, 0],
        "sizeMultiple": 4,
        "padding": "constant",
        "parameters": 10,
        "training": {"data": ["none: a formula"]},
        "licence": "Apache-2.0",
        "closedForm": FORM,
    }
    (OUT / "blocks.json").write_text(json.dumps(card, indent=2) + "\n")
    random = np.random.default_rng(0)
    x, c = (random.standard_normal((2, planes, 3, 4, 8)).astype(np.float32) for planes in (1, 2))
    t = np.array([0.5, 3], np.float32)
    (got,) = onnxruntime.InferenceSession(str(file)).run(None, {"x": x, "c": c, "t": t})
    mean = x.mean((2, 3, 4), keepdims=True)
    wanted = column(FORM["w"]) * x + column(FORM["m"]) * mean + column(FORM["u"]) * t.reshape(-1, 1, 1, 1, 1)
    wanted = wanted + np.einsum("oq,nqabc->noabc", np.array(FORM["v"]), c)
    print(f"off by {np.abs(got - wanted).max():.1e}")


if __name__ == "__main__":
    main()
