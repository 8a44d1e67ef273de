"""A PyTorch network as one ONNX file, and a file run by ONNX Runtime."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

OPSET = 18
LIMIT = 2**31  # of a protobuf message, which one ONNX file is


def write_onnx(network, path, *, channels, size_multiple, names=("x", "noise", "f"), given=None, largest=1024):
    """`network`: (x [N, channels, H, W], noise [N]) → [N, …, H, W] with N, H and W free; H and W multiples of
    `size_multiple`.

    `given` {name: planes}: further image inputs, between x and noise. `largest`: sides up to `largest` multiples. The file does not depend on the machine or the run.
    """
    weights = sum(p.numel() * p.element_size() for p in (*network.parameters(), *network.buffers()))
    if weights >= LIMIT:
        raise ValueError(
            f"{weights / 2**30:.2f} GiB of weights: an ONNX file holds less than 2 GiB, and a prior is one file"
        )
    units = [torch.export.Dim(f"units_{side}", min=2, max=largest) for side in "hw"]
    batch = torch.export.Dim("batch", min=1, max=4096)
    given = given or {}
    sizes = {0: batch, 2: size_multiple * units[0], 3: size_multiple * units[1]}
    images = [torch.randn(2, planes, 2 * size_multiple, 3 * size_multiple) for planes in (channels, *given.values())]
    torch.onnx.export(
        network,
        (*images, torch.rand(2) + 0.5),
        path,
        input_names=[names[0], *given, names[1]],
        output_names=[names[2]],
        opset_version=OPSET,
        dynamo=True,
        external_data=False,
        verbose=False,
        dynamic_shapes=(*[sizes] * len(images), {0: batch}),
    )
    onnx.save(cleaned(with_padded_convolutions(onnx.load(path))), path)


def with_padded_convolutions(model):
    """Convolutions of 6, 9, 18 … images get further ones of zeros, up to a multiple of 4, with weights of 0: the same output.

    ONNX Runtime's WebGPU (1.30) computes those wrongly whose number of input channels is a multiple of 3 above 3 and none of 4 (microsoft/onnxruntime issue
    29651; measured here: 6, 9 and 18 of 1 to 22, kernels of 3 x 3).
    """
    graph = model.graph
    weights = {tensor.name: tensor for tensor in graph.initializer}
    for at, node in [(n, node) for n, node in enumerate(graph.node) if node.op_type == "Conv"][::-1]:
        tensor = weights.get(node.input[1])
        group = next((a.i for a in node.attribute if a.name == "group"), 1)
        if tensor is None or group != 1 or tensor.dims[1] <= 3 or tensor.dims[1] % 3 or tensor.dims[1] % 4 == 0:
            continue
        more = -tensor.dims[1] % 4
        values = onnx.numpy_helper.to_array(tensor)
        zeros = np.zeros((values.shape[0], more, *values.shape[2:]), values.dtype)
        own = f"{node.output[0]}_weights"  # others may have the same
        graph.initializer.append(onnx.numpy_helper.from_array(np.concatenate([values, zeros], 1), own))
        node.input[1] = own
        pads = [0] * values.ndim + [0, more] + [0] * (values.ndim - 2)
        name = f"{node.output[0]}_pads"
        graph.initializer.append(onnx.numpy_helper.from_array(np.array(pads, np.int64), name))
        padded = f"{node.output[0]}_padded"
        graph.node.insert(at, onnx.helper.make_node("Pad", [node.input[0], name], [padded], name=padded, mode="constant"))
        node.input[0] = padded
    used = {name for node in graph.node for name in node.input}
    for tensor in [tensor for tensor in graph.initializer if tensor.name not in used]:
        graph.initializer.remove(tensor)
    return model


def cleaned(model):
    """Without names and stack traces of the exporter's run, which are not the same from run to run; dimensions N, H, W;
    checked.
    """
    for thing in (model, model.graph):
        thing.doc_string = ""
        del thing.metadata_props[:]
    graph = model.graph
    for thing in (*graph.node, *graph.initializer, *graph.input, *graph.output):
        thing.doc_string = ""
        del thing.metadata_props[:]
    for value in (*graph.input, *graph.output):
        for dimension, name in zip(value.type.tensor_type.shape.dim, ("N", None, "H", "W")):
            if name:
                dimension.dim_param = name
    del graph.value_info[:]
    onnx.checker.check_model(model, full_check=True)
    return model


def onnx_network(path, threads=1):
    """(x, …, noise) → the output, of tensors in the order of the graph's inputs, run by ONNX Runtime on the CPU."""
    chosen = onnxruntime.SessionOptions()
    chosen.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(Path(path)), chosen, providers=["CPUExecutionProvider"])
    names = [value.name for value in session.get_inputs()]

    def run(*tensors):
        return torch.from_numpy(session.run(None, {name: tensor.numpy() for name, tensor in zip(names, tensors)})[0])

    return run


@torch.no_grad()
def largest_difference(network, other, inputs):
    """max |f - f'| over the inputs, each a tuple of what the networks are called with."""
    return max((network(*each) - other(*each)).abs().max().item() for each in inputs)
