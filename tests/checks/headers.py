"""Each public header compiles alone, without a warning, also when included twice; and two translation units that
include all of them link into one program (no definition that is not inline). Headers of a library that every machine
need not have are left out where it is not."""

import pathlib
import tempfile

from common import WARNINGS, compilable_headers, compiler, finish, headers, parallel, run

LIBRARIES = ["simdjson", "icu-uc", "zlib", "libzstd", "tbb"]


def alone(header):
    text = f"#include <{header}>\n#include <{header}>\n"
    done = run([*compiler(), *WARNINGS, "-fsyntax-only", "-x", "c++", "-"], text)
    return f"{header} does not compile alone:\n{done.stderr}" if done.returncode else None


def link_together(folder, found):
    lines = [f"#include <{header}>\n" for header in found]
    sources = {
        "one.cpp": "".join(lines) + "int two();\nint main() { return two(); }\n",
        "two.cpp": "".join(reversed(lines)) + "int two();\nint two() { return 0; }\n",
    }
    for name, text in sources.items():
        (folder / name).write_text(text)
    compiled = parallel(
        lambda name: run([*compiler(), "-c", str(folder / name), "-o", str(folder / name) + ".o"]), sources
    )
    for done in compiled:
        if done.returncode:
            return [f"all headers together do not compile:\n{done.stderr}"]
    libraries = run(["pkg-config", "--libs", *LIBRARIES]).stdout.split()
    objects = [str(folder / name) + ".o" for name in sources]
    done = run([*compiler(), *objects, "-o", str(folder / "program"), *libraries, "-pthread"])
    return [f"two users of all headers do not link:\n{done.stderr}"] if done.returncode else []


def main():
    found = compilable_headers()
    problems = [problem for problem in parallel(alone, found) if problem]
    if not problems:
        with tempfile.TemporaryDirectory() as folder:
            problems = link_together(pathlib.Path(folder), found)
    left = len(headers()) - len(found)
    finish(problems, f"{len(found)} headers" + (f" ({left} want a library that is not there)" if left else ""))


if __name__ == "__main__":
    main()
