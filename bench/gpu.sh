#!/usr/bin/env bash
# One visit to a machine with an NVIDIA GPU, in one call of some minutes: build, test, check memory accesses, time.
#
#   bench/gpu.sh RESULTS
#
# leaves in the folder RESULTS what was said (visit.log), what the compiler says of the device code (device-code.txt)
# and the measurements (gpu-*.jsonl), all of them small files. Nothing is installed: it builds with what is there, which
# must be CMake, a C++ compiler, pybind11, CuPy, torch and pytest; nvcc and compute-sanitizer are used where they are.
set -uo pipefail
cd "$(dirname "$0")/.."
results=$(mkdir -p "${1:?a folder for the results is needed}" && cd "$1" && pwd)
python=${PYTHON:-python3}
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
failed=()

# Those that need a GPU. Others import libraries that a machine with one may lack; test_cuda.py is of device code on a CPU.
tests=(--ignore-glob='*test_cuda.py' tests/kernels/{hamming,gibbs,pair_counts} tests/kernels/test_{answers,dispatch}.py tests/generators/rbm/test_devices.py)

part() { # name, command ...: a part that fails does not stop the others
  local name=$1
  shift
  printf '\n== %s (%d s so far)\n' "$name" "$SECONDS"
  "$@" || failed+=("$name")
}

about() {
  nvidia-smi --query-gpu=name,memory.total,driver_version,compute_cap,clocks.sm,clocks.max.sm --format=csv
  "$python" -c "import cupy, numpy, sys, torch; print(sys.version, numpy.__version__, cupy.__version__, torch.__version__)"
}

compiled_module() { # beside the package's sources, where Python finds it
  local version
  version=$("$python" -c "import tomllib; print(tomllib.load(open('pyproject.toml', 'rb'))['project']['version'])")
  cmake -S . -B "$build" -DCMAKE_BUILD_TYPE=Release -DPython_EXECUTABLE="$(command -v "$python")" \
    -Dpybind11_DIR="$("$python" -m pybind11 --cmakedir)" -DSKBUILD_PROJECT_VERSION="$version" > "$build/log" &&
    cmake --build "$build" -j "$(nproc)" >> "$build/log" && cp "$build"/_core*.so artgen_fast/ || {
    tail -20 "$build/log"
    return 1
  }
}

device_code() { # what nvcc makes of it for this card; the package itself has it compiled by NVRTC
  local architecture source
  command -v nvcc > /dev/null || { echo "nvcc is not here: left out"; return 0; }
  architecture=sm_$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader | head -1 | tr -d .)
  for source in csrc/*/*.cuh; do
    nvcc -arch="$architecture" -std=c++17 -cubin -Werror=all-warnings -Xptxas=-v -x=cu "$source" -o "$build/code.cubin" || return 1
  done > "$results/device-code.txt" 2>&1
}

memory_accesses() { # of small searches, since each access is followed
  command -v compute-sanitizer > /dev/null || { echo "compute-sanitizer is not here: left out"; return 0; }
  local tool
  for tool in memcheck racecheck; do
    timeout 50 compute-sanitizer --tool "$tool" --error-exitcode 1 "$python" -c "
import numpy as np
from artgen_fast.kernels import gibbs, hamming
random = np.random.default_rng(0)
x, y = (random.integers(0, 2**64, (n, 17), dtype=np.uint64) for n in (300, 600))
for name in ('tensor_cores', 'population_count'):
    hamming.cross(x, y, histogram=True, backend='cuda', instruction_set=name)
    hamming.within(y, k=3, histogram=True, backend='cuda', instruction_set=name)
weights = random.standard_normal((300, 70)).astype(np.float32)
for precision in ('int8x2', 'float32'):
    gibbs.sample(weights, weights[:, 0].copy(), weights[0].copy(), gibbs.random_start(200, 300), 2, precision=precision, backend='cuda')
" || return 1
  done
}

visit() {
  export PYTHONPATH=$PWD PYTHONUNBUFFERED=1
  part "the machine" about
  part "the compiled module" compiled_module
  part "the device code" device_code
  part "tests on the GPU" timeout 150 "$python" -m pytest -q -p no:cacheprovider -W default "${tests[@]}" -k cuda
  part "times" timeout 220 "$python" bench/gpu.py --results "$results"
  part "memory accesses" memory_accesses
  printf '\n== done (%d s)\n' "$SECONDS"
  if ((${#failed[@]})); then
    printf 'not as it should be: %s\n' "${failed[@]}"
    return 1
  fi
}

visit 2>&1 | tee "$results/visit.log"
