"""Runs one fuzz target: run.py PROGRAM TARGET [SECONDS]. By hand, for an hour: run.py BUILD/tests/fuzz_readers gguf 3600.

Starts from the seeds of make_seeds.py and, in longer runs, from what earlier ones found: BUILD/tests/fuzz/TARGET. An
input that breaks the target is left in BUILD/tests/fuzz and named; `PROGRAM TARGET FILE` repeats it. A run in the tests takes a
few seconds with a fixed seed, ten times as long with TESSERA_LONG set."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

LIMITS = ["-max_len=8192", "-timeout=60", "-rss_limit_mb=2048", "-malloc_limit_mb=128"]


def main():
    program, target = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2]
    by_hand = len(sys.argv) > 3
    seconds = int(sys.argv[3]) if by_hand else 60 if os.environ.get("TESSERA_LONG") else 6
    found = program.parent / "fuzz"
    found.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        make_seeds = pathlib.Path(__file__).with_name("make_seeds.py")
        subprocess.run([sys.executable, make_seeds, folder / "seeds"], check=True)
        corpus = found / target if by_hand else folder / "corpus"
        corpus.mkdir(exist_ok=True)
        command = [program, target, corpus, folder / "seeds" / target, *LIMITS, f"-max_total_time={seconds}",
                   f"-artifact_prefix={found}/{target}-", "-print_final_stats=1", "-verbosity=1",
                   f"-dict={folder}/seeds/{target}.dict", "-use_value_profile=1", *([] if by_hand else ["-seed=1"])]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace", check=False)
    runs = re.search(r"Done (\d+) runs in (\d+) second", done.stdout)
    coverage = re.findall(r"cov: (\d+)", done.stdout)
    if done.returncode or not runs:
        print(done.stdout[-6000:])
        print(f"{target}: failed; repeat it with {program} {target} and the file named above")
        sys.exit(done.returncode or 1)
    print(f"{target}: {runs[1]} inputs in {runs[2]} s, {coverage[-1] if coverage else '?'} places reached")


if __name__ == "__main__":
    main()
