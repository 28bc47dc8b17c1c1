"""Adds up what `meson test` ran: python3 tally.py LOG... broken:WHAT...

A doctest executable counts as its test cases, a script that closes with `N passed, N failed, N skipped` as that,
anything else as one. A case that found nothing to work on prints
`SKIPPED: reason` and counts as skipped, not as passed. The last line is `N passed, N failed, N skipped`.
"""

import json
import re
import sys

CASES = re.compile(r"\[doctest\] test cases: *(\d+) *\| *(\d+) passed *\| *(\d+) failed")
CLOSING = re.compile(r"^(\d+) passed, (\d+) failed, (\d+) skipped$", re.MULTILINE)
SKIPPED = re.compile(r"SKIPPED: *(.*)")


def count(test):
    """(passed, failed, reasons of the skipped) of one entry of a test log."""
    output = test.get("stdout", "")
    result = test["result"]
    closing = CLOSING.findall(output)
    if closing:
        passed, failed, _ = map(int, closing[-1])
        return passed, max(failed, 0 if result == "OK" else 1), SKIPPED.findall(output)
    reasons = sorted(set(SKIPPED.findall(output)))
    if result == "SKIP":
        return 0, 0, reasons or [test["name"]]
    cases = CASES.search(output)
    if not cases:  # a script, or an executable that did not reach its end
        return (1, 0, []) if result == "OK" else (0, 1, [])
    passed, failed = int(cases.group(2)), int(cases.group(3))
    if result != "OK" and failed == 0:  # all cases passed, and then it failed: a leak, or a crash on the way out
        failed = 1
    return max(0, passed - len(reasons)), failed, reasons


def main(arguments):
    passed = failed = skipped = 0
    for argument in arguments:
        if argument.startswith("broken:"):
            print("FAILED ", argument.removeprefix("broken:"))
            failed += 1
            continue
        with open(argument, encoding="utf-8") as log:
            tests = [json.loads(line) for line in log]
        for test in tests:
            p, f, reasons = count(test)
            passed, failed, skipped = passed + p, failed + f, skipped + len(reasons)
            for reason in reasons:
                print(f"skipped {test['name']}: {reason}")
            if f:
                print(f"FAILED  {test['name']} ({test['result'].lower()}, {f} failed), log: {argument}")
    if passed + failed + skipped == 0:
        print("FAILED  no test was run")
        failed = 1
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
