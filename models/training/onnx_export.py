"""A PyTorch network as one ONNX file, and a file run by ONNX Runtime."""

from pathlib import Path

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
    onnx.save(cleaned(onnx.load(path)), path)


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
