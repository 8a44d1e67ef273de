#!/usr/bin/env bash
# All benches of the GPU with one command, also on a machine without network and without Node:
#
#     bench/gpu-all.sh [--runtime ARCHIVE.tar.xz] [--dry] [--python PYTHON] [--out FOLDER] [--only NAME …] [--minutes N]
#
# ARCHIVE holds bin/node, node_modules (production dependencies of linux-x64, webgpu and both ONNX Runtimes among them) and deb/*.deb (libvulkan1, libegl1,
# libglvnd0); without it the Node and packages that are there are used. dist/ must be built and travel with the tree. With a PYTHON that has torch (default
# python3) the peers run too. Results: FOLDER/results.md and results.json (default out/gpu).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

args=() python="${PYTHON:-python3}" runtime=
while [ $# -gt 0 ]; do
  case "$1" in
    --runtime) runtime=$(realpath "$2"); shift 2 ;;
    --python) python=$2; shift 2 ;;
    *) args+=("$1"); shift ;;
  esac
done

if [ -n "$runtime" ]; then
  unpacked=$(mktemp -d)
  trap 'rm -rf "$unpacked"; [ ! -L node_modules ] || rm node_modules' EXIT
  tar xJf "$runtime" -C "$unpacked"
  for deb in "$unpacked"/deb/*.deb; do [ ! -e "$deb" ] || dpkg -x "$deb" "$unpacked/system"; done
  export PATH="$unpacked/bin:$PATH" LD_LIBRARY_PATH="$unpacked/system/usr/lib/x86_64-linux-gnu:${LD_LIBRARY_PATH:-}"
  [ -e node_modules ] || ln -s "$unpacked/node_modules" node_modules
fi
[ -f dist/bench/gpu-all.js ] || { echo 'dist/ is not built: npm run setup' >&2; exit 1; }

# a driver whose description lies where the loader does not look
adapters() { node dist/src/cli/main.js backends 2>/dev/null | grep -E '^webgpu +usable'; }
if ! adapters >/dev/null && [ -z "${VK_DRIVER_FILES:-}" ]; then
  found=$(find /usr/share /etc /usr/lib /usr/local -name 'nvidia_icd*.json' 2>/dev/null | head -n 1 || true)
  if [ -n "$found" ]; then export VK_DRIVER_FILES="$found" VK_ICD_FILENAMES="$found"; fi
fi
node dist/src/cli/main.js backends >&2
command -v nvidia-smi >/dev/null && nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv >&2 || true
if "$python" -c 'import torch' 2>/dev/null; then args+=(--python "$python"); else echo "no torch in $python: peers are left out" >&2; fi
node dist/bench/gpu-all.js "${args[@]}"
