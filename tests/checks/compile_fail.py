"""Misuse must not compile. Each file in compile_fail/ is compiled twice: as it is, which must work (else the failure
would prove nothing), and with -DSHOULD_FAIL, which must fail with an error that has the text of its `// error:` line."""

import re

from common import ROOT, compiler, finish, parallel, run

FOLDER = ROOT / "tests" / "checks" / "compile_fail"


def check(path):
    command = [*compiler(), "-fsyntax-only", str(path)]
    control = run(command)
    if control.returncode:
        return f"{path.name}: the control does not compile:\n{control.stderr}"
    expected = re.search(r"^// error: (.+)$", path.read_text(), re.MULTILINE)
    if not expected:
        return f"{path.name}: has no `// error:` line"
    misuse = run([*command, "-DSHOULD_FAIL"])
    if misuse.returncode == 0:
        return f"{path.name}: the misuse compiles"
    if not re.search(expected.group(1), misuse.stderr):
        return f"{path.name}: fails, but not with \"{expected.group(1)}\":\n{misuse.stderr}"
    return None


def main():
    files = sorted(FOLDER.glob("*.cpp"))
    problems = [problem for problem in parallel(check, files) if problem]
    if not files:
        problems = ["no files"]
    finish(problems, f"{len(files)} misuses")


if __name__ == "__main__":
    main()
