#!/usr/bin/env python3
"""Solves a merge list's linear program as it was published (Hayase et al. 2024, arXiv 2407.16607), with HiGHS.

usage: mixture_highs.py [--tolerance X] [--objective X] [--verbose] FOLDER

FOLDER is what `mixture_speed --write FOLDER` leaves; its objective can be given to compare with. Needs numpy and highspy.

The published loop: all slacks of merges are columns, those of pairs come when they are needed. A scan goes through the
merges with a queue of the pairs by count, takes up to 10 broken rows of each merge, and ends early once 100 are found;
the solver goes on from its basis, and the scan begins again at the first merge. It ends with a scan that finds none.
"""

import argparse
import heapq
import os
import sys
import time

import highspy
import numpy as np

ROWS_A_MERGE = 10
ROWS_A_SCAN = 100


class Instance:
    def __init__(self, folder):
        def load(name):
            return np.load(os.path.join(folder, name + ".npy"))

        self.totals = load("totals").astype(float)
        self.bytes = load("bytes").astype(float)
        self.used = load("used").astype(bool)
        self.own = load("own") / self.totals
        pair, start, category, by = (load(name) for name in ("pair", "from", "category", "by"))
        # Events: the shares of pairs that a pair has from some merge on, until its next event.
        new = np.flatnonzero(np.r_[True, (pair[1:] != pair[:-1]) | (start[1:] != start[:-1])])
        self.pair, self.start = pair[new], start[new]
        counts = np.zeros((len(new), len(self.totals)), dtype=np.int64)
        event = np.cumsum(np.r_[False, (pair[1:] != pair[:-1]) | (start[1:] != start[:-1])])
        np.add.at(counts, (event, category), by)
        np.cumsum(counts, axis=0, out=counts)
        first = np.flatnonzero(np.r_[True, self.pair[1:] != self.pair[:-1]])
        before = np.where(first[:, None] > 0, counts[first - 1], 0)
        self.counts = (counts - np.repeat(before, np.diff(np.r_[first, len(new)]), axis=0)) / self.totals
        self.end = np.r_[self.start[1:], 0]
        self.end[np.r_[first[1:] - 1, len(new) - 1]] = len(self.own)
        self.n_pairs = int(pair[-1]) + 1


def scan(instance, mixture, merge_slack, pair_slack, rows, tolerance):
    """[(merge, event)] of broken rows.

    The queue holds what the published one does, but for pairs that stay below every cutoff to come: they are never
    taken, and most are such.
    """
    own = instance.own @ mixture
    cutoff = np.where(instance.used, own + merge_slack + tolerance, np.inf)
    lowest = np.minimum.accumulate(cutoff[::-1])[::-1]
    priority = instance.counts @ mixture - pair_slack[instance.pair]
    may = np.flatnonzero(
        (instance.start < len(own)) & (priority > lowest[np.minimum(instance.start, len(own) - 1)])
    )
    may = may[np.argsort(instance.start[may], kind="stable")]
    starts, ends = instance.start[may].tolist(), instance.end[may].tolist()
    keys, pairs, events = (-priority[may]).tolist(), instance.pair[may].tolist(), may.tolist()
    found, queue, next_event = [], [], 0
    for t, limit in enumerate(cutoff.tolist()):
        while next_event < len(starts) and starts[next_event] <= t:
            heapq.heappush(queue, (keys[next_event], next_event))
            next_event += 1
        taken, n = [], 0
        while queue and -queue[0][0] > limit and n < ROWS_A_MERGE:
            entry = heapq.heappop(queue)
            k = entry[1]
            if ends[k] <= t:
                continue
            taken.append(entry)
            if pairs[k] != t and (t, pairs[k]) not in rows:
                found.append((t, events[k]))
                rows.add((t, pairs[k]))
                n += 1
        for entry in taken:
            heapq.heappush(queue, entry)
        if len(found) >= ROWS_A_SCAN:
            break
    return found


def solve(instance, tolerance, log):
    n_merges, n = instance.own.shape
    highs = highspy.Highs()
    options = {
        "output_flag": False,
        "presolve": "off",
        "solver": "simplex",
        "simplex_strategy": 1,  # dual and serial: the parallel one does not start from a basis
        "threads": 1,
        "primal_feasibility_tolerance": tolerance,
        "dual_feasibility_tolerance": tolerance,
    }
    for option, value in options.items():
        highs.setOptionValue(option, value)
    infinity = highspy.kHighsInf
    none_i, none_f = np.array([], dtype=np.int32), np.array([])

    def add_columns(count, cost, upper):
        highs.addCols(
            count, np.full(count, cost), np.zeros(count), np.full(count, upper), 0,
            np.zeros(count, dtype=np.int32), none_i, none_f,
        )  # fmt: skip

    add_columns(n, 0.0, 1.0)
    add_columns(n_merges, 1.0, infinity)
    highs.addRow(1.0, 1.0, n, np.arange(n, dtype=np.int32), np.ones(n))
    column_of_pair = np.full(instance.n_pairs, -1, dtype=np.int64)
    n_columns = n + n_merges
    mixture, merge_slack, pair_slack = np.full(n, 1 / n), np.zeros(n_merges), np.zeros(instance.n_pairs)
    rows, n_scans, objective = set(), 0, 0.0
    scan_seconds = solver_seconds = 0.0
    while True:
        begin = time.perf_counter()
        found = scan(instance, mixture, merge_slack, pair_slack, rows, tolerance)
        scan_seconds += time.perf_counter() - begin
        n_scans += 1
        if not found:
            break
        begin = time.perf_counter()
        starts, columns, values = [0], [], []
        new_columns = 0
        for t, event in found:
            pair = instance.pair[event]
            if column_of_pair[pair] < 0:
                column_of_pair[pair] = n_columns + new_columns
                new_columns += 1
            coefficients = instance.own[t] - instance.counts[event]
            (at,) = np.nonzero(coefficients)
            columns += [*at, n + t, column_of_pair[pair]]
            values += [*coefficients[at], 1.0, 1.0]
            starts.append(len(columns))
        if new_columns:
            add_columns(new_columns, 1.0, infinity)
        n_columns += new_columns
        highs.addRows(
            len(found), np.zeros(len(found)), np.full(len(found), infinity), len(columns),
            np.array(starts[:-1], dtype=np.int32), np.array(columns, dtype=np.int32), np.array(values),
        )  # fmt: skip
        highs.run()
        if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            sys.exit(f"mixture_highs.py: HiGHS ended with {highs.getModelStatus()}")
        solution = np.array(highs.getSolution().col_value)
        objective = highs.getInfo().objective_function_value
        solver_seconds += time.perf_counter() - begin
        mixture = solution[:n]
        merge_slack = np.maximum(solution[n : n + n_merges], 0)
        (known,) = np.nonzero(column_of_pair >= 0)
        pair_slack[known] = np.maximum(solution[column_of_pair[known]], 0)
        if log and n_scans % 50 == 0:
            print(f"{n_scans} scans, {len(rows)} rows, {scan_seconds:.1f} s + {solver_seconds:.1f} s, {objective:.9g}",
                  file=log, flush=True)  # fmt: skip
    return mixture, objective, scan_seconds, solver_seconds, n_scans, len(rows), n_columns


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tolerance", type=float, default=1e-6, help="of a row, in shares of pairs (published: 1e-6)")
    parser.add_argument("--objective", type=float, help="that must come out, to a millionth of itself")
    parser.add_argument("--verbose", action="store_true", help="say every 50 scans how far it is")
    parser.add_argument("folder")
    arguments = parser.parse_args()
    instance = Instance(arguments.folder)
    mixture, objective, scan_seconds, solver_seconds, n_scans, n_rows, n_columns = solve(
        instance, arguments.tolerance, sys.stderr if arguments.verbose else None
    )
    print(f"HiGHS, tolerance {arguments.tolerance:g}: {solver_seconds:.2f} s of the solver + {scan_seconds:.2f} s of "
          f"scans = {solver_seconds + scan_seconds:.2f} s  objective {objective:.12g}  {n_scans} scans  "
          f"{n_rows} rows  {n_columns} columns")  # fmt: skip
    share = mixture * instance.bytes / instance.totals
    print(" ", " ".join(f"{x:.6f}" for x in share / share.sum()))
    if arguments.objective is not None:
        difference = (objective - arguments.objective) / max(arguments.objective, 1e-12)
        print(f"  objective differs by {difference:.2g} of itself")
        if abs(difference) > 1e-6:
            sys.exit(1)


if __name__ == "__main__":
    main()
