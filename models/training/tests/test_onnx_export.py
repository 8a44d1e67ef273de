import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper
from onnx_export import cleaned, with_padded_convolutions


def convolution(channels, group=1):
    """Two convolutions of `channels` images, one after the other, that share their weights."""
    rng = np.random.default_rng(channels)
    weights = rng.normal(size=(channels, channels // group, 3, 3)).astype(np.float32)
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["a"], pads=[1, 1, 1, 1], group=group),
        helper.make_node("Conv", ["a", "w"], ["f"], pads=[1, 1, 1, 1], group=group),
    ]
    image = ["N", channels, "H", "W"]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", 1, image)],
        [helper.make_tensor_value_info("f", 1, image)],
        [numpy_helper.from_array(weights, "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    model.ir_version = 8
    return model


def run(model, x):
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]


def inputs(model):
    sizes = {tensor.name: list(tensor.dims) for tensor in model.graph.initializer}
    return [sizes[node.input[1]][1] for node in model.graph.node if node.op_type == "Conv"]


def test_convolutions_of_multiples_of_3_are_padded_to_multiples_of_4_and_give_the_same():
    for channels in (3, 4, 6, 9, 12, 18, 20):
        model = convolution(channels)
        x = np.random.default_rng(1).normal(size=(2, channels, 8, 12)).astype(np.float32)
        before = run(model, x)
        after = cleaned(with_padded_convolutions(onnx.load_from_string(model.SerializeToString())))
        np.testing.assert_allclose(run(after, x), before, rtol=0, atol=2e-5 * np.abs(before).max())
        assert all(n <= 3 or n % 3 or n % 4 == 0 for n in inputs(after))
        if channels in (3, 4, 12, 20):
            assert after.graph == cleaned(model).graph


def test_grouped_convolutions_are_left_alone():
    model = convolution(12, group=2)
    assert inputs(with_padded_convolutions(model)) == [6, 6]
