"""ISMRMRD files of kinds that went wrong for users, written with h5py -> test/golden/real-kspace.json.

Run from the repository root with numpy and h5py installed: python test/golden/scripts/real-kspace.py
The object is two ellipses under two smooth coils; `full` is its k-space, which every file of reversed lines holds in another way.
"""
import base64, gzip, json, os, tempfile
import h5py, numpy as np

N, COILS = 16, 2
NOISE, CALIBRATION, REVERSE, PHASE = 1 << 18, 1 << 19, 1 << 21, 1 << 23
y, x = np.mgrid[-1:1:N * 1j, -1:1:N * 1j]
thing = 1.0 * ((x / 0.6) ** 2 + ((y - 0.1) / 0.7) ** 2 < 1) + 0.7 * (((x - 0.2) / 0.2) ** 2 + ((y + 0.1) / 0.3) ** 2 < 1)
coils = np.stack([np.exp(-((x - c) ** 2 + y ** 2)) * np.exp(1j * (0.4 * x + c)) for c in (-0.8, 0.8)])
fft = lambda a, axes: np.fft.fftshift(np.fft.fftn(np.fft.ifftshift(a, axes), axes=axes, norm="ortho"), axes)
ifft = lambda a, axes: np.fft.fftshift(np.fft.ifftn(np.fft.ifftshift(a, axes), axes=axes, norm="ortho"), axes)
full = fft(coils * thing, (1, 2))
rng = np.random.default_rng(5)
full = (full + 0.002 * (rng.standard_normal(full.shape) + 1j * rng.standard_normal(full.shape))).astype(np.complex64)

counters = ["kspace_encode_step_1", "kspace_encode_step_2", "average", "slice", "contrast", "phase", "repetition", "set", "segment"]
idx = np.dtype([(n, "u2") for n in counters])
head = np.dtype([("flags", "u8"), ("number_of_samples", "u2"), ("active_channels", "u2"), ("trajectory_dimensions", "u2"),
                 ("discard_pre", "u2"), ("discard_post", "u2"), ("center_sample", "u2"), ("encoding_space_ref", "u2"),
                 ("sample_time_us", "f4"), ("position", "f4", 3), ("read_dir", "f4", 3), ("phase_dir", "f4", 3), ("slice_dir", "f4", 3),
                 ("idx", idx)])
record = np.dtype([("head", head), ("traj", h5py.vlen_dtype(np.float32)), ("data", h5py.vlen_dtype(np.float32))])


def line(samples, ky, flags=0, center=N // 2, traj=None, **more):
    h = np.zeros((), head)
    h["flags"], h["number_of_samples"], h["active_channels"], h["center_sample"] = flags, samples.shape[1], samples.shape[0], center
    h["sample_time_us"], h["read_dir"], h["phase_dir"], h["slice_dir"] = 5, [1, 0, 0], [0, 1, 0], [0, 0, 1]
    h["idx"]["kspace_encode_step_1"] = ky
    h["encoding_space_ref"] = more.pop("encoding", 0)
    for name, value in more.items():
        h["idx"][{"kz": "kspace_encode_step_2"}.get(name, name)] = value
    h["trajectory_dimensions"] = 0 if traj is None else traj.shape[1]
    return h, np.zeros(0, "f4") if traj is None else traj.astype("f4").ravel(), samples.astype(np.complex64).ravel().view("f4")


def xml(nz=1, parallel="", limits=""):
    space = f"<matrixSize><x>{N}</x><y>{N}</y><z>{nz}</z></matrixSize><fieldOfView_mm><x>200</x><y>200</y><z>{5 * nz}</z></fieldOfView_mm>"
    return (f'<ismrmrdHeader xmlns="http://www.ismrm.org/ISMRMRD"><experimentalConditions><H1resonanceFrequency_Hz>128000000'
            f"</H1resonanceFrequency_Hz></experimentalConditions><encoding><encodedSpace>{space}</encodedSpace><reconSpace>{space}"
            f"</reconSpace><encodingLimits><kspace_encoding_step_1><minimum>0</minimum><maximum>{N - 1}</maximum><center>{N // 2}</center>"
            f"</kspace_encoding_step_1>{limits}</encodingLimits><trajectory>cartesian</trajectory>{parallel}</encoding></ismrmrdHeader>")


folder = tempfile.mkdtemp()
files = {}


def write(name, lines, header=xml(), pack=lambda data: data):
    path = os.path.join(folder, "x.h5")
    with h5py.File(path, "w") as f:
        group = f.create_group("dataset")
        group.create_dataset("xml", data=[header.encode()], dtype=h5py.string_dtype())
        data = group.create_dataset("data", (len(lines),), record, chunks=(len(lines),), maxshape=(None,))
        array = np.empty(len(lines), record)
        for n, (h, traj, samples) in enumerate(lines):
            array[n]["head"], array[n]["traj"], array[n]["data"] = h, traj, samples
        data[:] = array
    files[name] = base64.b64encode(pack(open(path, "rb").read())).decode()


rows = [full[:, k] for k in range(N)]
flip = lambda row: row[:, ::-1]
# the origin of a turned line: mirrored exactly it is sample N − 1 − N/2; acquired so that it stays sample N/2, the first sample lies
# beyond the matrix
late = lambda row: np.concatenate([row[:, :1] * 0, flip(row)[:, :-1]], 1)
write("forward", [line(r, k) for k, r in enumerate(rows)])
write("mirrored, says so", [line(flip(r) if k % 2 else r, k, REVERSE * (k % 2), N - 1 - N // 2 if k % 2 else N // 2) for k, r in enumerate(rows)])
write("mirrored, says N/2", [line(flip(r) if k % 2 else r, k, REVERSE * (k % 2)) for k, r in enumerate(rows)])
write("origin at N/2, says N/2", [line(late(r) if k % 2 else r, k, REVERSE * (k % 2)) for k, r in enumerate(rows)])


def dephased(row, a=0.8, b=0.13):
    image = ifft(row, (1,))
    return fft(image * np.exp(1j * (a + b * (np.arange(N) - N // 2))), (1,))


middle = rows[N // 2]
navigators = [line(middle, N // 2, PHASE), line(flip(dephased(middle)), N // 2, PHASE | REVERSE), line(middle, N // 2, PHASE)]
ghosts = [line(flip(dephased(r)) if k % 2 else r, k, REVERSE * (k % 2)) for k, r in enumerate(rows)]
write("epi with navigators", navigators + ghosts)
write("epi without navigators", ghosts)

separate = ("<parallelImaging><accelerationFactor><kspace_encoding_step_1>2</kspace_encoding_step_1><kspace_encoding_step_2>1"
            "</kspace_encoding_step_2></accelerationFactor><calibrationMode>separate</calibrationMode></parallelImaging>")
lines = [line(3 * r, k, CALIBRATION) for k, r in enumerate(rows) if 2 <= k < 14]
write("separate calibration", lines + [line(r, k) for k, r in enumerate(rows) if k % 2 == 0], xml(parallel=separate))
write("averages of opposite sign", [line(s * r, k, average=n) for n, s in enumerate((1, -1)) for k, r in enumerate(rows)])
write("averages", [line(r + 0.01, k, average=n) for n in range(2) for k, r in enumerate(rows)])
limits = "<kspace_encoding_step_2><minimum>0</minimum><maximum>4</maximum><center>2</center></kspace_encoding_step_2>"
volume = [(k, z) for z in range(5) for k in range(N)]
whole = [line(rows[k][:1], k, kz=z) for k, z in volume]
write("3-D", whole, xml(5, limits=limits))
write("3-D, cut within a partition", whole[:-N - 7], xml(5, limits=limits))
write("3-D, cut after a partition", whole[:-2 * N], xml(5, limits=limits))
angles = np.pi * np.arange(N) / N
spoke = (np.arange(N) - N // 2) / N
points = [np.stack([spoke * np.cos(a), spoke * np.sin(a)], 1) for a in angles]
grid = np.arange(N) - N // 2
nudft = lambda p: np.stack([(coils[c] * thing * np.exp(-2j * np.pi * (p[0] * grid[None] + p[1] * grid[:, None]))).sum() / N for c in range(COILS)])
write("header cartesian, radial trajectories", [line(np.stack([nudft(p) for p in pts], 1), k, traj=pts) for k, pts in enumerate(points)])
cartesian = np.stack([spoke, 0 * spoke], 1)
write("cartesian trajectories", [line(r, k, traj=cartesian + [0, (k - N // 2) / N]) for k, r in enumerate(rows)])

packed = lambda data: gzip.compress(data, 9, mtime=0)
# lines 2 … 13 as a calibration scan with an encoding of its own: 12 rows over the same field of view, counters 4 … 15, the origin at 10
acs = [line(3 * r, k + 2, CALIBRATION, encoding=1) for k, r in enumerate(rows) if 2 <= k < 14]
second = xml().split("<encoding>")[1].split("</encoding>")[0].replace(f"<y>{N}</y>", "<y>12</y>").replace("<maximum>15", "<maximum>18").replace("<center>8", "<center>10")
both = xml(parallel=separate).replace("</encoding>", f"</encoding><encoding>{second}</encoding>")
write("calibration with an encoding of its own", acs + [line(r, k) for k, r in enumerate(rows) if k % 2 == 0], both, packed)
write("another field of view", acs + [line(r, k) for k, r in enumerate(rows) if k % 2 == 0], both.replace("<encoding>" + second, "<encoding>" + second.replace("<y>200<", "<y>150<")), packed)
write("calibration lines alone", [line(3 * r, k, CALIBRATION) for k, r in enumerate(rows) if 2 <= k < 14], xml(parallel=separate), packed)
write("image lines alone", [line(r, k) for k, r in enumerate(rows) if k % 2 == 0], xml(parallel=separate), packed)

# a stack of stars: the same 24 spokes in each of 4 partitions, k-space of another object a slice, by sums
ANGLES, KZ = np.arange(12) * np.pi / 12, 4
reach = np.linspace(-N / 2 + 0.5, N / 2 - 0.5, N)
slices = np.stack([np.roll(thing, 2 * z - 3, 1) * (1 + 0.2 * z) for z in range(KZ)])
partition = np.exp(-2j * np.pi * np.outer(np.arange(KZ) - KZ // 2, np.arange(KZ) - KZ // 2) / KZ) / np.sqrt(KZ)
stars = [np.stack([reach * np.cos(a), reach * np.sin(a)], 1) for a in ANGLES]
dft = lambda image, p: (image * np.exp(-2j * np.pi * (p[0] * grid[None] + p[1] * grid[:, None]) / N)).sum((1, 2)) / N
planes = np.stack([[np.stack([dft(coils * plane, p) for p in star], 1) for star in stars] for plane in slices])  # slice, spoke, coil, sample
stack = np.tensordot(partition, planes, 1)
stackxml = xml(nz=KZ, limits=f"<kspace_encoding_step_2><minimum>0</minimum><maximum>{KZ - 1}</maximum><center>{KZ // 2}</center></kspace_encoding_step_2>")
stackxml = stackxml.replace(">cartesian<", ">radial<")
third = lambda star, z: np.concatenate([star / N, np.full((N, 1), (z - KZ // 2) / KZ)], 1)
write("stack of stars", [line(stack[z, k], k, kz=z, traj=stars[k] / N) for z in range(KZ) for k in range(12)], stackxml, packed)
write("stack of stars, three coordinates", [line(stack[z, k], k, kz=z, traj=third(stars[k], z)) for z in range(KZ) for k in range(12)], stackxml, packed)
turned = lambda a, t: np.stack([a[:, 0] * np.cos(t) - a[:, 1] * np.sin(t), a[:, 0] * np.sin(t) + a[:, 1] * np.cos(t)], 1)
write("stack of stars, turned", [line(stack[z, k], k, kz=z, traj=turned(stars[k], 0.1 * z) / N) for z in range(KZ) for k in range(12)], stackxml, packed)
write("stack of stars, without the last partition", [line(stack[z, k], k, kz=z, traj=stars[k] / N) for z in range(KZ - 1) for k in range(12)], stackxml, packed)
extra = {"stars": base64.b64encode(planes.transpose(0, 2, 1, 3).astype(np.complex64).tobytes()).decode()}

out = os.path.join(os.path.dirname(__file__), "..", "real-kspace.json")
with open(out, "w") as f:
    json.dump({"full": base64.b64encode(full.tobytes()).decode(), "shape": [COILS, N, N], "files": files, **extra}, f, indent=1)
    f.write("\n")
print(len(files), "files,", os.path.getsize(out), "bytes")
