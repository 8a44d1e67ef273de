"""One ONNX model with every kind of field that models/fit/onnx writes, made by the onnx package and checked by it.

    pip install onnx numpy; python fit-onnx.py > ../fit-onnx.json
"""

import base64
import json

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

nodes = [
    helper.make_node("Conv", ["x", "w"], ["c"], name="c", kernel_shape=[1, 1], group=1),
    helper.make_node("LeakyRelu", ["c"], ["a"], name="a", alpha=0.2),
    helper.make_node("Pad", ["a", "pads"], ["y"], name="y", mode="reflect"),
]
for node, order in zip(nodes, (["kernel_shape", "group"], ["alpha"], ["mode"])):
    node.attribute.sort(key=lambda attribute: order.index(attribute.name))
constants = [
    numpy_helper.from_array(np.full((1, 1, 1, 1), -2, np.float32), "w"),
    numpy_helper.from_array(np.array([0, 0, 1, 1, 0, 0, 1, -1], np.int64), "pads"),
]
graph = helper.make_graph(
    nodes,
    "example",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, 4, 5])],
    [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1, 6, 5])],
    constants,
)
model = helper.make_model(graph, ir_version=8, producer_name="slicewise", opset_imports=[helper.make_opsetid("", 18)])
onnx.checker.check_model(model)
print(json.dumps({"model": base64.b64encode(model.SerializeToString(deterministic=True)).decode()}))
