"""Runs trainers and encoders in processes of their own, in turn (A B A B), and compares what they make."""

import filecmp
import json
import os
import statistics
import subprocess
import time

from peers.environment import HOME, PYTHON, Failure, say

HERE = os.path.dirname(os.path.abspath(__file__))
OURS = "tessera"


def scratch(name):
    folder = os.path.join(HOME, "out")
    os.makedirs(folder, exist_ok=True)
    return os.path.join(folder, name)


def child(command, threads):
    """Runs a program; returns (the JSON of its last line or None, wall seconds, peak bytes)."""
    environment = dict(os.environ, RAYON_NUM_THREADS=str(threads), OMP_NUM_THREADS=str(threads))
    environment["TOKENIZERS_PARALLELISM"] = "true" if threads > 1 else "false"
    output, errors = scratch("stdout"), scratch("stderr")
    with open(output, "wb") as out, open(errors, "wb") as err:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=err, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        with open(errors, encoding="utf-8", errors="replace") as file:
            raise Failure(f"{' '.join(command[:4])} ... failed: {file.read()[-1000:].strip()}")
    with open(output, encoding="utf-8") as file:
        lines = file.read().splitlines()
    result = json.loads(lines[-1]) if lines and lines[-1].startswith("{") else None
    return result, seconds, usage.ru_maxrss * 1024


def train_ours(program, text, vocab_size, threads, merges):
    out = scratch("tessera.json")
    if os.path.exists(out):
        os.remove(out)
    options = ["--vocab-size", str(vocab_size), "--initial-alphabet", "corpus", "--threads", str(threads), "--quiet"]
    _, seconds, peak = child([program, "train", text, *options, "-o", out], threads)
    # Another process reads it: a child's peak memory is at least what its parent had when it started it.
    code = (
        "import json, sys\n"
        "for m in json.load(open(sys.argv[1], encoding='utf-8'))['model']['merges']:\n"
        "    sys.stdout.write((m if isinstance(m, str) else ' '.join(m)) + '\\n')"
    )
    with open(merges, "wb") as file:
        subprocess.run([PYTHON, "-X", "utf8", "-c", code, out], stdout=file, check=True)
    return seconds, peak


def compare_merges(ours_path, theirs_path):
    """In words and numbers: how far two lists of merges agree."""
    with open(ours_path, encoding="utf-8") as ours_file, open(theirs_path, encoding="utf-8") as theirs_file:
        ours, theirs = ours_file.read().split("\n")[:-1], theirs_file.read().split("\n")[:-1]
    if theirs and " " not in theirs[0]:  # tokens without their parts
        ours = [merge.replace(" ", "") for merge in ours]
    n = min(len(ours), len(theirs))
    first = next((i for i in range(n) if ours[i] != theirs[i]), n)
    common = len({m.replace(" ", "") for m in ours} & {m.replace(" ", "") for m in theirs})
    return {"equal": first == n and len(ours) == len(theirs), "agree": first, "ours": len(ours), "theirs": len(theirs),
            "common_tokens": common}


def train(program, name, text, peers, o):
    """All trainers on one text. Returns rows, ours first."""
    times = {p: [] for p in [OURS, *peers]}
    peaks = {p: [] for p in times}
    ours, verdicts = scratch("merges." + OURS), {}
    for i in range(o.runs):
        for peer in times:
            merges = ours if peer == OURS and i == 0 else scratch("merges." + peer + ".again")
            if peer == OURS:
                seconds, peak = train_ours(program, text, o.vocab_size, o.threads, merges)
            else:
                command = [PYTHON, os.path.join(HERE, "train_peer.py"), peer, text, str(o.vocab_size), str(o.threads), merges]
                result, _, _ = child(command, o.threads)
                seconds, peak = result["seconds"], result["peak_bytes"]
            verdict = compare_merges(ours, merges)
            if peer not in verdicts or not verdict["equal"]:
                verdicts[peer] = verdict
            times[peer].append(seconds)
            peaks[peer].append(peak)
            say(f"  {name}, run {i + 1}: {peer} {seconds:.2f} s, {peak / 1e6:.0f} MB")
    rows = []
    for peer in times:
        best = min(times[peer])
        rows.append({"corpus": name, "bytes": os.path.getsize(text), "trainer": peer, "seconds": times[peer],
                     "min_seconds": best, "median_seconds": statistics.median(times[peer]),
                     "peak_bytes": max(peaks[peer]), "ratio": best / min(times[OURS]), "merges": verdicts[peer]})
    return rows


def encode(program, name, text, encoding, ranks, kind, peers, o):
    """All encoders on one text, in one piece or as documents. Returns rows, ours first."""
    cold = {p: [] for p in [OURS, *peers]}
    warm = {p: [] for p in cold}
    equal, n_ids, n_bytes = {}, {}, os.path.getsize(text)
    for i in range(o.runs):
        for peer in list(cold):
            ids = scratch("ids." + (OURS if peer == OURS else "peer"))
            if peer == OURS:
                command = [program, "-t", ranks, "--runs", "3"] + ([] if encoding == "gpt2" else ["--pattern", encoding])
                command += (["--documents"] if kind == "documents" else []) + (["--dump", ids] if i == 0 else []) + [text]
            else:
                calls = "2" if peer == "tokenizers" else "3"  # at a second a megabyte, one warm call is enough
                command = [PYTHON, os.path.join(HERE, "encode_peer.py"), peer, encoding, ranks, text, kind, calls, ids]
            try:
                result, _, _ = child(command, 1)
            except Failure as failure:
                if peer == OURS:
                    raise
                say(f"  {failure}")
                del cold[peer], warm[peer]
                continue
            if i == 0:
                n_ids[peer] = result["ids"]
            if peer != OURS:
                equal[peer] = equal.get(peer, True) and filecmp.cmp(scratch("ids." + OURS), ids, shallow=False)
            cold[peer].append(result["seconds"][0])
            warm[peer].extend(result["seconds"][1:])
        say(f"  {encoding} {name} {kind}, run {i + 1}: " +
            ", ".join(f"{p} {n_bytes / 1e6 / cold[p][-1]:.0f}" for p in cold) + " MB/s cold")
    rows = []
    for peer in cold:
        rows.append({"corpus": name, "bytes": n_bytes, "encoding": encoding, "kind": kind, "encoder": peer,
                     "ids": n_ids[peer], "equal": equal.get(peer, True),
                     "cold_mb_s": n_bytes / 1e6 / min(cold[peer]), "warm_mb_s": n_bytes / 1e6 / min(warm[peer]),
                     "cold_ratio": min(cold[peer]) / min(cold[OURS]), "warm_ratio": min(warm[peer]) / min(warm[OURS])})
    return rows


def superwords(program, name, text, files, kind, o):
    """Two tokenizers on one text, in turn: one that keeps words apart, one that does not. Hugging Face's library encodes it
    once with each, which says whether the ids are right. Ours is processor time, which other processes disturb less: here
    both sides of the comparison are our own. Returns a row for each."""
    cold, warm, theirs, rows = {}, {}, {}, []
    equal, n_ids, n_bytes = {}, {}, os.path.getsize(text)
    for i in range(o.runs):
        for which, path in files.items():
            ours, peer = scratch("ids." + OURS), scratch("ids.peer")
            command = [program, "-t", path, "--runs", "3"] + (["--documents"] if kind == "documents" else [])
            result, _, _ = child(command + (["--dump", ours] if i == 0 else []) + [text], 1)
            cold.setdefault(which, []).append(result["processor_seconds"][0])
            warm.setdefault(which, []).extend(result["processor_seconds"][1:])
            if i > 0:
                continue
            n_ids[which] = result["ids"]
            command = [PYTHON, os.path.join(HERE, "encode_peer.py"), "tokenizers", "file", path, text, kind, "1", peer]
            theirs[which] = child(command, 1)[0]["seconds"][0]
            equal[which] = filecmp.cmp(ours, peer, shallow=False)
        say(f"  {name} {kind}, run {i + 1}: " +
            ", ".join(f"{w} {n_bytes / 1e6 / cold[w][-1]:.0f}" for w in cold) + " MB/s cold")
    first = next(iter(files))
    for which in files:
        rows.append({"corpus": name, "bytes": n_bytes, "kind": kind, "tokenizer": which, "ids": n_ids[which],
                     "equal": equal[which], "peer_mb_s": n_bytes / 1e6 / theirs[which],
                     "cold_mb_s": n_bytes / 1e6 / min(cold[which]), "warm_mb_s": n_bytes / 1e6 / min(warm[which]),
                     "cold_share": min(cold[first]) / min(cold[which]), "warm_share": min(warm[first]) / min(warm[which])})
    return rows


def load(program, path, text, peers, o):
    """A tokenizer.json from its path to an encoder that has encoded one word. Returns rows, ours first."""
    seconds = {p: [] for p in [OURS, *peers]}
    equal, name = {}, os.path.basename(os.path.dirname(os.path.abspath(path)))
    for i in range(o.runs):
        for peer in seconds:
            ids = scratch("ids." + (OURS if peer == OURS else "peer"))
            if peer == OURS:
                command = [program, "-t", path, "--added-tokens", "--runs", "1", "--dump", ids, text]
            else:
                command = [PYTHON, os.path.join(HERE, "load_peer.py"), peer, path, text, ids]
            result, _, _ = child(command, 1)
            seconds[peer].append(result["load_seconds"])
            if peer != OURS:
                equal[peer] = equal.get(peer, True) and filecmp.cmp(scratch("ids." + OURS), ids, shallow=False)
        say(f"  {name}, run {i + 1}: " + ", ".join(f"{p} {seconds[p][-1] * 1e3:.0f}" for p in seconds) + " ms")
    return [{"file": name, "bytes": os.path.getsize(path), "loader": peer, "seconds": seconds[peer],
             "min_seconds": min(seconds[peer]), "median_seconds": statistics.median(seconds[peer]),
             "ratio": min(seconds[peer]) / min(seconds[OURS]), "equal": equal.get(peer, True)} for peer in seconds]
