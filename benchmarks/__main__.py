"""`python -m benchmarks NAME [--json] [--quick] [--seed N]`: one benchmark; without NAME all that exist, beside their targets.

A benchmark is a module of this package with `measure(run: Run) -> tuple[figures, raw]`. It reports and judges nothing.
Each runs in a process and on a database of its own.
"""

import argparse
import json
import subprocess
import sys
from typing import Any

from benchmarks.harness import ROOT, CannotRun, Run, own_platform
from benchmarks.targets import TARGETS, verdict


def names() -> list[str]:
    """The benchmarks that exist, in the order of the table of targets."""
    return [name for name in TARGETS if (ROOT / "benchmarks" / f"{name}.py").exists()]


def measured(name: str, run: Run) -> dict[str, Any]:
    """Run one benchmark in this process."""
    with own_platform(name):
        from importlib import import_module

        from django.db import connection

        figures, raw = import_module(f"benchmarks.{name}").measure(run)
        return {
            "bench": name, "engine": connection.vendor, "seed": run.seed, "quick": run.quick, "figures": figures, "raw": raw,
        }  # fmt: skip


def table(result: dict[str, Any]) -> str:
    lines = [f"{result['bench']} ({'quick' if result['quick'] else 'full'}, seed {result['seed']})"]
    for key, value in result["figures"].items():
        target, met = verdict(result["bench"], key, result["figures"])
        lines.append(f"  {key:<28}{value:>12g}   {target:<26}{met}".rstrip())
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="How fast, beside how fast it should be.")
    parser.add_argument("name", nargs="?", choices=names())
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    parser.add_argument("--quick", action="store_true", help="small enough for every change, under a minute")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    if options.name is None:
        return _all(options)
    try:
        result = measured(options.name, Run(options.seed, options.quick))
    except CannotRun as refusal:
        print(f"benchmarks: {refusal}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("benchmarks: stopped, everything is cleaned up", file=sys.stderr)
        return 130
    print(json.dumps(result, ensure_ascii=False) if options.json else table(result))
    return 0


def _all(options: argparse.Namespace) -> int:
    """One process each, so that none measures what another one left in memory."""
    code, found = 0, []
    for name in names():
        command = [sys.executable, "-m", "benchmarks", name, "--json", "--seed", str(options.seed)]
        ended = subprocess.run([*command, *(["--quick"] if options.quick else [])], cwd=ROOT, stdout=subprocess.PIPE)
        if ended.returncode:
            code = ended.returncode
            continue
        found.append(json.loads(ended.stdout))
        if not options.json:
            print(table(found[-1]), flush=True)
    if options.json:
        print(json.dumps(found, ensure_ascii=False))
    return code


if __name__ == "__main__":
    sys.exit(main())
