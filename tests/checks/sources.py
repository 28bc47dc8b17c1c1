"""What can be seen in the sources without compiling them: ASCII only, headers of at most 400 lines, no path or host of
anybody's machine, and no mention of a file that does not exist."""

import re

from common import ROOT, finish

ASCII_FOLDERS = ["include", "tests", "tools", "examples", "benchmarks"]
TEXT = {".hpp", ".cpp", ".py", ".sh", ".build", ".txt", ".in", ".md", ".cmake", ".bash", ""}
DATA = {"data", "golden"}  # folders of real text
LONGEST_HEADER = 400
GENERATED = re.compile(r"unicode_tables.*\.hpp")
MACHINE = re.compile(
    r"(?<![\w.])/(?:work|home|root|farm|Users)/|pypi\.org|pythonhosted|crates\.io|registry\.npmjs|deb\.debian\.org"
    r"|proxy\.golang|repo1\.maven"
)
MENTION = re.compile(r"(?<![\w/.<])((?:docs|examples|tests|tools|benchmarks)/[\w/.-]*\.(?:md|cpp|hpp|py|sh))\b")


def files():
    for folder in [*ASCII_FOLDERS, "docs", ".ci"]:
        for path in sorted((ROOT / folder).rglob("*")):
            relative = path.relative_to(ROOT)
            if path.is_file() and path.suffix in TEXT and not DATA & set(relative.parts):
                if "__pycache__" not in relative.parts:
                    yield path, relative
    for path in sorted(ROOT.glob("*")):
        if path.is_file() and path.suffix in TEXT and path.name != ".git":  # a file in a worktree
            yield path, path.relative_to(ROOT)


def main():
    problems = []
    checked = 0
    this = "tests/checks/sources.py"
    for path, relative in files():
        checked += 1
        text = path.read_bytes().decode("utf-8", errors="replace")
        lines = text.split("\n")
        if path.suffix == ".hpp" and relative.parts[0] == "include":
            if len(lines) - 1 > LONGEST_HEADER and not GENERATED.fullmatch(path.name):
                problems.append(f"{relative}: {len(lines) - 1} lines; {LONGEST_HEADER} at most")
        for number, line in enumerate(lines, 1):
            place = f"{relative}:{number}"
            if relative.parts[0] in ASCII_FOLDERS and not line.isascii():
                problems.append(f"{place}: not ASCII")
            if MACHINE.search(line) and str(relative) != this:
                problems.append(f"{place}: a path or host of a machine: {line.strip()}")
            for mention in MENTION.findall(line) if path.name != "meson.build" else []:
                placeholder = any(part.isupper() for part in re.split(r"[/._]", mention))  # tools/verbs/NAME.cpp
                if not placeholder and not (ROOT / mention).exists():
                    problems.append(f"{place}: {mention} does not exist")
    finish(problems, f"{checked} files")


if __name__ == "__main__":
    main()
