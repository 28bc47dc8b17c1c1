"""The benchmarks compile without a warning. Optimising them, to run none, would take most of the time of a build."""

import sys

from common import ROOT, WARNINGS, compiler, finish, parallel, run


def compiles(path):
    done = run([*compiler(), *WARNINGS, '-DBENCHMARK_DATA="data"', "-fsyntax-only", str(path)])
    return f"{path.relative_to(ROOT)} does not compile:\n{done.stderr}" if done.returncode else None


def main():
    sources = sorted((ROOT / "benchmarks").glob("*.cpp"))
    if run([*compiler(), "-E", "-x", "c++", "-"], "#include <benchmark/benchmark.h>\n").returncode:
        print("SKIPPED: there is no Google Benchmark")
        sys.exit(77)
    finish([problem for problem in parallel(compiles, sources) if problem], f"{len(sources)} benchmarks")


if __name__ == "__main__":
    main()
