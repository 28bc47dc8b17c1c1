"""What the checks share: where things are, which headers there are, and one way to report."""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
INCLUDE = ROOT / "include"
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]
INCLUDE_LINE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)


def headers():
    """Public headers as they are included: "tessera/core/error.hpp"."""
    return sorted(str(path.relative_to(INCLUDE)) for path in INCLUDE.rglob("*.hpp"))


# Of what is not asked of every machine, and who includes it.
OPTIONAL = {"llama.h"}


def compilable_headers():
    """Those whose optional libraries are there."""
    absent = {name for name in OPTIONAL if run([*compiler(), "-fsyntax-only", "-x", "c++", "-"], f"#include <{name}>\n").returncode}

    def has_all(header, seen):
        seen.add(header)
        names = includes(header)
        return not absent & set(names) and all(
            has_all(name, seen) for name in names if name.startswith("tessera/") and name not in seen)

    return [header for header in headers() if has_all(header, set())]


def includes(header):
    """Names in the #include lines of a public header."""
    return [name for _, name in INCLUDE_LINE.findall((INCLUDE / header).read_text(encoding="utf-8"))]


def compiler():
    """The compiler's command line, from the arguments of the script: everything after `--`."""
    arguments = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else ["g++"]
    if not any("clang" in argument for argument in arguments):  # g++ takes a quarter longer where it collects garbage early
        arguments = [*arguments, "--param=ggc-min-heapsize=500000"]
    return [*arguments, "-std=c++20", f"-I{INCLUDE}", *own_folder("eigen3"), *own_folder("clp"),
            *own_folder("llama"), *os.environ.get("CPPFLAGS", "").split()]


def own_folder(library):
    """Of a library that is not where compilers look by themselves. Its warnings are its own."""
    flags = run(["pkg-config", "--cflags-only-I", library]).stdout.split()
    return [argument for flag in flags for argument in ("-isystem", flag[2:])]


def run(command, text=None):
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False)


def parallel(function, items):
    """function(item) for all items, on all cores, results in order."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(function, items))


def finish(problems, checked):
    """Prints the problems and leaves the program: 0 if there are none."""
    for problem in problems:
        print(problem)
    print(f"{checked}: {len(problems)} problems" if problems else f"{checked}: all well")
    sys.exit(1 if problems else 0)
