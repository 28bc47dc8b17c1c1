"""README.md says what is so: its C++ is compiled (each block is a whole example, or lines of one, to the letter), and
the figures it shows of ./tools/quickstart are those that the program under test (TESSERA_PROGRAM) finds."""

import os
import pathlib
import re
import tempfile

from common import ROOT, finish, run

CPP = re.compile(r"^```cpp\n(.*?)^```", re.MULTILINE | re.DOTALL)
FIGURES = re.compile(r"^```\n(bytes/token .*?)^```", re.MULTILINE | re.DOTALL)


def quickstart_table(program):
    """What ./tools/quickstart prints as its table, as a set of lines."""
    texts = sorted(str(path) for path in (ROOT / "data" / "text").glob("*.txt"))
    with tempfile.TemporaryDirectory() as folder:
        tokenizer = str(pathlib.Path(folder) / "tokenizer.json")
        trained = run([program, "train", "--quiet", "--vocab-size", "16000", "-o", tokenizer, *texts])
        command = [program, "compare", "--quiet", "-t", f"new={tokenizer}", "-t", f"gpt2={ROOT / 'data' / 'gpt2'}"]
        for path in sorted((ROOT / "data" / "held_out").glob("*.txt")):
            command += ["--corpus", f"{path.stem}={path}"]
        compared = run(command)
    return {" ".join(line.split()) for line in (trained.stderr + compared.stdout + compared.stderr).split("\n")}


def main():
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8") if readme.exists() else ""
    blocks = CPP.findall(text)
    examples = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "examples").glob("*.cpp"))]
    problems = [
        f"README.md: this block is in none of examples/*.cpp:\n{block}"
        for block in blocks
        if not any("\n" + block in "\n" + example for example in examples)
    ]
    if not blocks:
        problems.append("README.md has no C++ example")

    figures = [line for block in FIGURES.findall(text) for line in block.splitlines()]
    program = os.environ.get("TESSERA_PROGRAM")
    if program and figures:
        printed = quickstart_table(program)
        problems += [
            f"README.md: ./tools/quickstart does not print this line: {line}"
            for line in figures
            if " ".join(line.split()) not in printed
        ]
    finish(problems, f"{len(blocks)} blocks of C++, {len(figures)} lines of figures")


if __name__ == "__main__":
    main()
