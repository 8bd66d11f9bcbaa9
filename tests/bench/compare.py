#!/usr/bin/env python3
"""Times two commands in turn (A B A B …) and prints medians, peak memory and the ratio of each pair.

compare.py [-n RUNS] [--before CMD] LABEL_A CMD_A LABEL_B CMD_B
Each command is one string, split as a shell would; none is given a shell. --before runs, untimed, before each A and B.
"""
import argparse, os, shlex, statistics, subprocess, sys, time

def run(words):
    null = os.open(os.devnull, os.O_RDWR)
    start = time.monotonic()
    pid = os.posix_spawnp(words[0], words, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, null, 0),
                          (os.POSIX_SPAWN_DUP2, null, 1), (os.POSIX_SPAWN_DUP2, null, 2)])
    _, status, usage = os.wait4(pid, 0)
    seconds = time.monotonic() - start
    os.close(null)
    if status != 0:
        sys.exit(f"compare: {shlex.join(words)} failed with status {status}")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024

def main():
    p = argparse.ArgumentParser()
    p.add_argument("-n", type=int, default=7)
    p.add_argument("--before")
    p.add_argument("words", nargs="+")
    o = p.parse_args()
    names, commands = o.words[0::2], [shlex.split(c) for c in o.words[1::2]]
    seen = [[] for _ in commands]
    for turn in range(o.n + 1):
        for i, words in enumerate(commands):
            if o.before:
                subprocess.run(o.before, shell=True, check=True, stdout=subprocess.DEVNULL)
            got = run(words)
            if turn:  # the first turn warms the caches
                seen[i].append(got)
    for name, runs in zip(names, seen):
        wall, cpu, rss = (statistics.median(c) for c in zip(*runs))
        print(f"  {name:<28} {wall * 1000:10.1f} ms wall  {cpu * 1000:10.1f} ms cpu  {rss:8.1f} MB   "
              f"({min(r[0] for r in runs) * 1000:.1f}–{max(r[0] for r in runs) * 1000:.1f})")
    if len(seen) == 2:
        ratios = [a[0] / b[0] for a, b in zip(*seen)]
        print(f"  ratio {names[0]} / {names[1]}: {statistics.median(ratios):.3f}  "
              f"({min(ratios):.3f}–{max(ratios):.3f}, {len(ratios)} pairs)")

main()
