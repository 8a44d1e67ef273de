"""What the converters refuse, and that they say why; reading of files."""

import json
import struct

import pytest
import torch

import checkpoints
import convert
import small
from families import diffusers_config
from families.layers import ConvertError
from onnx_export import write_onnx
from support import images


def refused(folder, match, *arguments, partial=None):
    card = small.write(folder, "small.partial.json", small.CARD if partial is None else partial)
    with pytest.raises(SystemExit, match=match):
        convert.main([*arguments, "--card", card, "--out", str(folder / "out")])
    assert not (folder / "out").exists() or list((folder / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("flag", "hint"),
    [
        (("--learn-sigma", "false"), "--learn-sigma true"),
        (("--use_scale_shift_norm", "False"), "--use-scale-shift-norm true"),
        (("--resblock-updown", "true"), "--resblock-updown false"),
        (("--attention-resolutions", "32"), "--attention-resolutions or --image-size"),
        (("--in-channels", "2"), "--in-channels 1"),
        (("--num-channels", "64"), "--num-channels 32"),
        (("--num-res-blocks", "2"), r"--num-res-blocks or --channel-mult \(4 input blocks, not 6\)"),
        (("--channel-mult", "1,1"), "--channel-mult"),
        (("--class-cond", "true"), "'class_cond': True is not supported"),
        (("--noise-schedule", "sigmoid"), "'noise_schedule': sigmoid is not supported"),
    ],
)
def test_a_wrong_flag_of_guided_diffusion_is_named(tmp_path, flag, hint):
    config = small.write(tmp_path, "config.json", small.ADM)
    checkpoint = small.adm_checkpoint(tmp_path)
    refused(tmp_path, f"(?s){hint}", "adm", "--checkpoint", checkpoint, "--config", config, *flag)


@pytest.mark.parametrize(
    ("flag", "hint"),
    [
        (("--nf", "16"), "--nf 8"),
        (("--num-channels", "2"), "--num-channels 1"),
        (("--progressive-input", "none"), "--progressive-input"),
        (("--progressive", "output_skip"), r"--progressive or .*\(20 layers, not 22\)"),
        (("--attn-resolutions", "8"), "--attn-resolutions, --image-size"),
        (("--ch-mult", "1,1"), "--ch-mult or --resblock-type"),
        (("--embedding-type", "positional"), "--embedding-type fourier"),
        (("--sigma-max", "348"), "--sigma-max 378"),
        (("--sde", "vpsde"), "'sde': vpsde is not supported"),
        (("--resblock-type", "ddpm"), "'resblock_type ddpm' with fir is not supported"),
        (("--progressive", "residual"), "'progressive residual' with fir is not supported"),
        (("--nonlinearity", "gelu"), "'nonlinearity': gelu is not supported"),
    ],
)
def test_a_wrong_flag_of_ncsnpp_is_named(tmp_path, flag, hint):
    config = small.write(tmp_path, "config.json", small.NCSNPP)
    checkpoint = small.ncsnpp_checkpoint(tmp_path)
    refused(tmp_path, f"(?s){hint}", "ncsnpp", "--checkpoint", checkpoint, "--config", config, *flag)


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        (
            dict(down_block_types=["SkipDownBlock2D", "AttnDownBlock2D"]),
            "SkipDownBlock2D are not supported, only DownBlock2D",
        ),
        (dict(time_embedding_type="fourier"), "'time_embedding_type': fourier is not supported"),
        (dict(num_class_embeds=10), "class-conditional"),
        (dict(_class_name="UNet2DConditionModel"), "UNet2DConditionModel; only UNet2DModel"),
        (dict(block_out_channels=[16, 16]), r"block_out_channels \(checkpoint 8, …\)"),
        (dict(up_block_types=["UpBlock2D", "UpBlock2D"]), "down_block_types, up_block_types"),
        (dict(out_channels=3), "1 channels in and 3 out"),
        (dict(layers_per_block=2), "2 missing|missing in the checkpoint"),
    ],
)
def test_a_wrong_configuration_of_diffusers_is_named(tmp_path, change, hint):
    checkpoint = small.unet2d_checkpoint(tmp_path, {})
    config = small.write(tmp_path, "other.json", {**small.UNET2D, **change})
    refused(tmp_path, f"(?s){hint}", "diffusers", "--checkpoint", checkpoint, "--config", config)


def test_schedules_that_are_not_known():
    with pytest.raises(ConvertError, match="'beta_schedule': sigmoid"):
        diffusers_config.schedule_of({"beta_schedule": "sigmoid"})
    with pytest.raises(ConvertError, match="'prediction_type': flow"):
        diffusers_config.schedule_of({"prediction_type": "flow"})


def test_unknown_settings_and_incomplete_cards(tmp_path):
    checkpoint = small.adm_checkpoint(tmp_path)
    config = small.write(tmp_path, "config.json", {**small.ADM, "num_chanels": 32})
    refused(tmp_path, "num_chanels", "adm", "--checkpoint", checkpoint, "--config", config)
    config = small.write(tmp_path, "config.json", small.ADM)
    arguments = ("adm", "--checkpoint", checkpoint, "--config", config)
    for field in ("range", "licence", "training", "spacingMm"):
        partial = {name: value for name, value in small.CARD.items() if name != field}
        refused(tmp_path, f"lacks\n  {field}: ", *arguments, partial=partial)
    refused(tmp_path, "sha256, which follow", *arguments, partial={**small.CARD, "sha256": "0"})
    refused(tmp_path, "no training data", *arguments, partial={**small.CARD, "training": {"data": []}})
    refused(tmp_path, "first must be the lower", *arguments, "--data-range", "1", "-1")


def test_channels_that_no_prior_has(tmp_path):
    config = small.write(tmp_path, "config.json", {**small.ADM, "in_channels": 3})
    checkpoint = small.adm_checkpoint(tmp_path, in_channels=3)
    refused(tmp_path, "3 channels: a prior has 1", "adm", "--checkpoint", checkpoint, "--config", config)
    config = small.write(tmp_path, "config.json", {**small.ADM, "in_channels": 2})
    checkpoint = small.adm_checkpoint(tmp_path, in_channels=2)
    arguments = ("adm", "--checkpoint", checkpoint, "--config", config, "--data-range", "-1", "1")
    refused(tmp_path, "complex images have no offset", *arguments)


def test_class_conditional_checkpoints(tmp_path):
    state = {**small.adm_network().state_dict(), "label_emb.weight": torch.zeros(10, 128)}
    config = small.write(tmp_path, "config.json", small.ADM)
    refused(
        tmp_path, "class-conditional", "adm", "--checkpoint", small.write(tmp_path, "a.pt", state), "--config", config
    )


def test_files_that_are_no_checkpoints(tmp_path):
    config = small.write(tmp_path, "config.json", small.ADM)
    text = tmp_path / "a.pt"
    text.write_text("<html>not found</html>" * 50)
    refused(tmp_path, "a.pt", "adm", "--checkpoint", str(text), "--config", config)
    refused(tmp_path, "there is no file", "adm", "--checkpoint", str(tmp_path / "b.pt"), "--config", config)
    code = small.write(tmp_path, "c.pt", small.adm_network())  # a whole module: reading it would run code
    refused(tmp_path, "would run code from the file", "adm", "--checkpoint", code, "--config", config)
    parts = small.write(tmp_path, "d.pt", {"ema": small.adm_network().state_dict(), "step": 3})
    refused(tmp_path, "weights under ema: say which with --key", "adm", "--checkpoint", parts, "--config", config)
    assert checkpoints.read_checkpoint(parts, "ema")[1] == "'ema' of the checkpoint"
    broken = tmp_path / "e.safetensors"
    broken.write_bytes(b"\xff" * 64)
    refused(tmp_path, "not a safetensors file", "diffusers", "--checkpoint", str(broken))


def test_averaged_weights_take_what_was_never_trained_from_the_model(tmp_path):
    state, chosen = checkpoints.read_checkpoint(small.ncsnpp_checkpoint(tmp_path))
    expected = small.ncsnpp_network().state_dict()
    assert chosen == "averaged (ema)" and set(state) == set(expected)
    assert all(torch.equal(state[name], expected[name]) for name in expected)
    checkpoint = torch.load(tmp_path / "checkpoint_7.pth")
    checkpoint["ema"]["shadow_params"].pop()
    with pytest.raises(ConvertError, match="averaged weights for"):
        checkpoints.read_checkpoint(small.write(tmp_path, "short.pth", checkpoint))


def test_safetensors_are_read(tmp_path):
    """Against the layout written by hand, and the package's own writer where it is installed."""
    a = {"dtype": "F32", "shape": [2, 1], "data_offsets": [2, 10]}
    b = {"dtype": "F16", "shape": [], "data_offsets": [0, 2]}
    header = json.dumps({"__metadata__": {"format": "pt"}, "a": a, "b": b}).encode()
    path = tmp_path / "a.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header + struct.pack("<eff", 1.5, -2.0, 3.25))
    state, _ = checkpoints.read_checkpoint(path)
    assert state["a"].tolist() == [[-2.0], [3.25]] and state["b"].item() == 1.5 and state["b"].dtype == torch.float16
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(ConvertError, match="cut off"):
        checkpoints.read_safetensors(path)
    peer = pytest.importorskip("safetensors.torch")
    tensors = {"x.weight": images(3, 4), "y": images(5).bfloat16(), "z": torch.arange(3)}
    peer.save_file(tensors, path)
    state = checkpoints.read_safetensors(path)
    assert all(torch.equal(state[name], tensors[name]) for name in tensors)


def test_weights_beyond_one_file_are_refused(tmp_path):
    with torch.device("meta"):
        large = torch.nn.Linear(2**15, 2**14 + 1)
    with pytest.raises(ValueError, match="2 GiB"):
        write_onnx(large, tmp_path / "a.onnx", channels=1, size_multiple=1)
