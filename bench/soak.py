"""The races, the faults and the ledger's state machine again and again, each round with new luck.

usage: python -m bench.soak [HOURS]     (8 unless said)

A failure ends it, and what pytest says about it is the last thing printed.
"""

import os
import subprocess
import sys
import time

TESTS = ("tests/races", "tests/faults", "tests/loyalty")
EXAMPLES = "500"  # that the state machine tries on each engine in a round


def main(hours: float) -> int:
    """Run rounds until the time is over; return what the last one said."""
    began, rounds, status = time.monotonic(), 0, 0
    environment = os.environ | {"HYPOTHESIS_EXAMPLES": EXAMPLES}
    while status == 0 and time.monotonic() - began < hours * 3600:
        rounds += 1
        print(f"round {rounds}, after {(time.monotonic() - began) / 3600:.2f} hours", flush=True)
        command = [sys.executable, "-m", "pytest", "--quiet", "--exitfirst", *TESTS]
        status = subprocess.call(command, env=environment)
    print(f"{rounds} rounds, {'of which the last one failed' if status else 'all of them good'}")
    return status


if __name__ == "__main__":
    try:
        sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 8))
    except KeyboardInterrupt:
        sys.exit(130)
