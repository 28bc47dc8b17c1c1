#!/usr/bin/env python3
"""Orthogonal matching pursuit, ours beside mergekit's, on the same matrices of two real models: seconds, and whether both choose
the same anchors with the same coefficients.

    python3 benchmarks/transplant_speed.py --base gemma/ --donor smollm2/ --program build/benchmarks/pursuit_speed

Matrices are as mergekit-tokensurgeon makes them: anchors are the donor's rows of the tokens that both vocabularies have by its
keys, in the order of the donor's ids; targets are the donor's other rows. Its part runs in a process of its own, in single
precision as there, in batches of 512; only the time in its `batch_omp` counts. Ours is benchmarks/pursuit_speed.cpp, all of it
after the matrices are read: the first run in a fresh process, and the best of --runs.

Needs mergekit and torch for the other side: tools/models/dequantize.py makes an environment with torch (build-models/venv), then
`pip install mergekit==0.1.5` into it and give this script its Python by --peer-python, or run it with that.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

PEER = r'''
import glob, json, sys, time
import torch, transformers
from safetensors import safe_open
from safetensors.torch import save_file
from mergekit.tokenizer.normalization import normalized_vocabulary
from mergekit.tokensurgeon.omp import batch_omp

base, donor, folder, k, threads, batch, limit = sys.argv[1:4] + [int(a) for a in sys.argv[4:8]]
torch.set_num_threads(threads)

def embeddings(path):
    for name in glob.glob(path + "/*.safetensors"):
        with safe_open(name, "pt") as file:
            for key in file.keys():
                if key.endswith("embed_tokens.weight"):
                    return file.get_tensor(key).float()
    sys.exit(path + ": no embed_tokens.weight")

vocabularies = [normalized_vocabulary(transformers.AutoTokenizer.from_pretrained(p)) for p in (base, donor)]
rows = embeddings(donor)
shared = sorted(i for key, i in vocabularies[1].items() if key in vocabularies[0] and i < len(rows))
new = [i for key, i in vocabularies[1].items() if key not in vocabularies[0] and i < len(rows)]
anchors, targets = rows[shared].contiguous(), rows[new].contiguous()
save_file({"anchors": anchors, "targets": targets}, folder + "/matrices.safetensors")
if limit:
    targets = targets[:limit]
index, coefficient, seconds = [], [], 0.0
with torch.inference_mode():
    for at in range(0, len(targets), batch):
        begin = time.perf_counter()
        i, c = batch_omp(targets[at : at + batch], anchors, k)
        seconds += time.perf_counter() - begin
        index.append(i)
        coefficient.append(c)
        print(f"mergekit: {at + len(i)} of {len(targets)}, {seconds:.1f} s", file=sys.stderr, flush=True)
save_file({"index": torch.cat(index).to(torch.int32), "coefficient": torch.cat(coefficient).double()},
          folder + "/peer.safetensors")
versions = {"torch": torch.__version__, "transformers": transformers.__version__}
print(json.dumps({"seconds": seconds, "n": len(targets), "threads": torch.get_num_threads(), **versions}))
'''

COMPARE = r'''
import json, sys
import torch
from safetensors.torch import load_file
folder = sys.argv[1]
ours, theirs = load_file(folder + "/ours/model.safetensors"), load_file(folder + "/peer.safetensors")
n, k = theirs["index"].shape
index, coefficient = ours["index"][:n], ours["coefficient"][:n]
same_order = (index == theirs["index"]).all(1)
in_order = [t.gather(1, i.long().argsort(1)) for t, i in ((coefficient, index), (theirs["coefficient"], theirs["index"]))]
same_set = (index.sort(1).values == theirs["index"].sort(1).values).all(1)
difference = ((in_order[0] - in_order[1]).abs().max(1).values / in_order[1].abs().max(1).values)[same_set]
print(json.dumps({"n": n, "same_set": int(same_set.sum()), "same_order": int(same_order.sum()),
                  "largest_coefficient_difference": float(difference.max()) if len(difference) else None,
                  "first_difference": [int(x) for x in (index != theirs["index"])[~same_order].float().argmax(1)]}))
'''


def run(arguments):
    done = subprocess.run(arguments, stdout=subprocess.PIPE, text=True, check=False,
                          env={**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "")
                               or str(os.cpu_count())})
    if done.returncode != 0:
        sys.exit(f"{arguments[0]}: exit code {done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", required=True, metavar="FOLDER")
    parser.add_argument("--donor", required=True, metavar="FOLDER")
    parser.add_argument("--program", required=True, metavar="PURSUIT_SPEED")
    parser.add_argument("--peer-python", default=sys.executable, metavar="PYTHON")
    parser.add_argument("--k", type=int, default=64)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--batch", type=int, default=512, help="targets at once on the other side")
    parser.add_argument("--limit", type=int, default=0, help="targets on the other side (default: all)")
    parser.add_argument("--runs", type=int, default=3)
    a = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        peer = run([a.peer_python, "-c", PEER, a.base, a.donor, folder, *map(str, (a.k, a.threads, a.batch, a.limit))])
        os.mkdir(f"{folder}/ours")
        ours = run([a.program, "--matrices", f"{folder}/matrices.safetensors", "--selection", "inner-product", "--k", str(a.k),
                    "--threads", str(a.threads), "--runs", str(a.runs), "--plain-one-in", "10", "--dump", f"{folder}/ours"])
        agreement = run([a.peer_python, "-c", COMPARE, folder])
    print(f"{ours['n_targets']} targets, {ours['n_anchors']} anchors, dimension {ours['dim']}, k = {ours['k']}, "
          f"{a.threads} threads, torch {peer['torch']}\n")
    rows = [("mergekit", peer["n"], peer["seconds"]), ("tessera, first run", ours["n_targets"], ours["first_seconds"]),
            (f"tessera, best of {a.runs}", ours["n_targets"], ours["seconds"])]
    print("| | targets | seconds | per 512 targets | times as fast |\n|---|---:|---:|---:|---:|")
    for name, n, seconds in rows:
        print(f"| {name} | {n} | {seconds:.1f} | {seconds * 512 / n:.2f} | {peer['seconds'] / peer['n'] / (seconds / n):.1f} |")
    print(f"\nsame anchors: {agreement['same_set']} of {agreement['n']} ({agreement['same_order']} in the same order); largest "
          f"relative difference of their coefficients {agreement['largest_coefficient_difference']:.1e}")
    print(f"equal to the plain algorithm in double precision: {ours['plain']['n_equal']} of {ours['plain']['n']}")
    print(f"engine {ours['engine']} ({ours['kernels']}); expected seconds by engine: {ours['expected_seconds']}; "
          f"{ours['share_of_product_speed']:.2f} of the speed of this machine's products of matrices, "
          f"{ours['scores_per_choice']:.0f} scores computed exactly for each anchor chosen, {ours['peak_gb']:.1f} GB")
    if agreement["same_set"] < agreement["n"]:
        print(f"steps at which the others differ first: {sorted(agreement['first_difference'])}")


if __name__ == "__main__":
    main()
