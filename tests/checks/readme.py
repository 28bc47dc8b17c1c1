"""The C++ in README.md is compiled: each block is a whole example, or lines of one, to the letter."""

import re

from common import ROOT, finish

BLOCK = re.compile(r"^```cpp\n(.*?)^```", re.MULTILINE | re.DOTALL)


def main():
    readme = ROOT / "README.md"
    blocks = BLOCK.findall(readme.read_text(encoding="utf-8")) if readme.exists() else []
    examples = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "examples").glob("*.cpp"))]
    problems = [
        f"README.md: this block is in none of examples/*.cpp:\n{block}"
        for block in blocks
        if not any("\n" + block in "\n" + example for example in examples)
    ]
    if not blocks:
        problems.append("README.md has no C++ example")
    finish(problems, f"{len(blocks)} blocks of C++")


if __name__ == "__main__":
    main()
