"""A private Python environment: made once in a folder of ours, with packages of exact versions.

    python3 tools/lib/private_python.py [--no-install] FOLDER NAME==VERSION...

prints the interpreter's path when all of them are there. Exit code 3, with the reason as one line: they could not be had
(no network, or `--no-install`); 1: something else is wrong.
"""

import os
import subprocess
import sys

CANNOT_BE_HAD = 3


class Failure(Exception):
    """One line for the user."""


class NotInstalled(Failure):
    """A package could not be had."""


def run(command, what, failure=Failure, **options):
    """Runs a step; its output is shown only if it fails."""
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options)
    if result.returncode != 0:
        print(result.stdout[-4000:], file=sys.stderr, flush=True)
        raise failure(f"{what} failed")
    return result.stdout


def interpreter(folder):
    return os.path.join(folder, "bin", "python")


def make(folder):
    """The environment's interpreter. What an interrupted run left, without pip, is made again."""
    python = interpreter(folder)
    has_pip = os.path.exists(python) and subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0
    if not has_pip:
        run([sys.executable, "-m", "venv", "--clear", folder], "python3 -m venv (Debian: python3-venv)")
    return python


def versions(python):
    """{name: version} of what is installed there."""
    code = "import importlib.metadata as m\nfor d in m.distributions(): print(d.metadata['Name'], d.version)"
    lines = run([python, "-c", code], "reading the versions of packages").splitlines()
    return dict(line.split() for line in lines if len(line.split()) == 2)


def missing(python, packages):
    """Of {name: version} those that are not there, as pip wants them."""
    installed = versions(python)
    return [f"{name}=={version}" for name, version in packages.items() if installed.get(name) != version]


def install(python, packages, *options):
    if packages:
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        run([*pip, *options, *packages], "pip install " + " ".join(packages), NotInstalled)


def main(arguments):
    may_install = "--no-install" not in arguments
    folder, *wanted = [argument for argument in arguments if argument != "--no-install"]
    packages = dict(package.split("==") for package in wanted)
    try:
        if not may_install and not os.path.exists(interpreter(folder)):
            raise NotInstalled("not installed, as asked: " + " ".join(wanted))
        python = make(folder)
        absent = missing(python, packages)
        if absent and not may_install:
            raise NotInstalled("not installed, as asked: " + " ".join(absent))
        # Without what they ask for: that is for fetching files from elsewhere, which no test does.
        install(python, absent, "--no-deps")
    except Failure as failure:
        print(failure)
        return CANNOT_BE_HAD if isinstance(failure, NotInstalled) else 1
    print(python)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
