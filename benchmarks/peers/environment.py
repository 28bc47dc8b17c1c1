"""What a comparison needs around it: a private Python with the peers, our programs built in release mode, the machine."""

import os
import shutil
import subprocess
import sys
import time

from peers.common import OPTIONAL_PEERS, PEERS

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools", "lib"))

import private_python  # noqa: E402
from private_python import Failure, run  # noqa: E402

HOME = os.path.join(ROOT, "build-bench")
PYTHON = private_python.interpreter(os.path.join(HOME, "venv"))


def say(text):
    print(text, file=sys.stderr, flush=True)


def install_peers():
    """Makes build-bench/venv once, and installs into it what is missing. Returns {peer: version} of what is there."""
    folder = os.path.join(HOME, "venv")
    if not os.path.exists(PYTHON):
        say("Making a private Python environment in build-bench/venv ...")
    private_python.make(folder)
    missing = private_python.missing(PYTHON, PEERS)
    if missing:
        say("Installing " + " ".join(missing) + " ...")
        private_python.install(PYTHON, missing)
    try:
        # --no-deps: it asks for a whole framework that encoding does not need.
        private_python.install(PYTHON, private_python.missing(PYTHON, OPTIONAL_PEERS), "--no-deps")
    except Failure as failure:
        say(f"{failure}; going on without it")
    installed = private_python.versions(PYTHON)
    return {name: installed[name] for name in [*PEERS, *OPTIONAL_PEERS] if name in installed}


def build_programs():
    """Builds what is measured, always up to date and always in release mode. Returns (tessera, encode_text)."""
    folder = os.path.join(HOME, "release")
    for tool in ("meson", "ninja"):
        if shutil.which(tool) is None:
            raise Failure(f"{tool} is missing; ./tools/quickstart installs what building takes")
    if not os.path.exists(os.path.join(folder, "build.ninja")):
        say("Configuring build-bench/release ...")
        arguments = ["--buildtype=release", "-Dtests=disabled", "-Dexamples=disabled", "-Dbenchmarks=auto"]
        run(["meson", "setup", folder, *arguments], "meson setup", cwd=ROOT)
    say("Building build-bench/release/tessera ...")
    run(["ninja", "-C", folder, "tessera", "benchmarks/encode_text"], "ninja", cwd=ROOT)
    return os.path.join(folder, "tessera"), os.path.join(folder, "benchmarks", "encode_text")


def machine():
    """What a reader needs to judge the figures."""
    model = "unknown processor"
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            model = next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    compiler = subprocess.run([os.environ.get("CXX", "c++"), "--version"], capture_output=True, text=True).stdout
    revision = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout
    return {
        "processor": model,
        "cores": len(os.sched_getaffinity(0)),
        "load": round(os.getloadavg()[0], 2),
        "compiler": compiler.split("\n")[0],
        "python": sys.version.split()[0],
        "revision": revision.strip(),
        "date": time.strftime("%Y-%m-%d"),
    }


def first_megabytes(path, megabytes, name):
    """A copy of the beginning of a text, cut after a newline; the text itself where it is not longer."""
    limit = int(megabytes * 1_000_000)
    if limit == 0 or os.path.getsize(path) <= limit:
        return path
    with open(path, "rb") as file:
        head = file.read(limit)
    out = os.path.join(HOME, "corpus", f"{name}.{megabytes:g}MB.txt")
    os.makedirs(os.path.dirname(out), exist_ok=True)
    with open(out, "wb") as file:
        file.write(head[: head.rfind(b"\n") + 1])
    return out


def corpora(folder):
    """{name: path}: english.txt and multi.txt of a folder, or all of data/text as one."""
    if folder:
        found = {n: os.path.join(folder, n + ".txt") for n in ("english", "multi")}
        found = {name: path for name, path in found.items() if os.path.isfile(path)}
        if not found:
            raise Failure(f"{folder}: has neither english.txt nor multi.txt")
        return found
    out = os.path.join(HOME, "corpus", "data_text.txt")
    os.makedirs(os.path.dirname(out), exist_ok=True)
    texts = os.path.join(ROOT, "data", "text")
    with open(out, "wb") as joined:
        for name in sorted(os.listdir(texts)):
            with open(os.path.join(texts, name), "rb") as file:
                shutil.copyfileobj(file, joined)
    return {"data/text": out}
