"""`make fuzz`: try 10,000 cases on all cores; failures are printed as they come, the last line is JSON."""

import concurrent.futures
import json
import multiprocessing
import sys
import time
from collections import Counter

from tests.fuzz.campaign import BAD, part

CASES, SEED, PART = 10_000, 20261122, 100


def main(count: int, start: int) -> int:
    """Try so many cases from a seed; returns 1 if any failed."""
    began, counts = time.monotonic(), Counter[str]()
    workers = multiprocessing.cpu_count()
    with concurrent.futures.ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        shares = [pool.submit(part, min(PART, count - at), start + at) for at in range(0, count, PART)]
        for share in concurrent.futures.as_completed(shares):
            more, failed = share.result()
            counts += more
            for case in failed:
                print(json.dumps(case, ensure_ascii=True), flush=True)
            passed = time.monotonic() - began
            left = passed / counts["cases"] * (count - counts["cases"])
            print(f"{counts['cases']} of {count} cases, {left:.0f} s left", file=sys.stderr, flush=True)
    kinds = {name: number for name, number in sorted(counts.items()) if name not in (*BAD, "cases", "ran", "refused")}
    about = {name: counts[name] for name in ("cases", "refused", "ran", *BAD)}
    print(json.dumps({**about, "kinds": kinds, "seed": start, "seconds": round(time.monotonic() - began)}))
    return int(any(counts[name] for name in BAD))


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    sys.exit(main(*[*given, CASES, SEED][:1], *[*given[1:], SEED][:1]))
