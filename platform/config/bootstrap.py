"""Makes `.venv` from nothing but Python and make: `python3 platform/config/bootstrap.py base|dev`.

Standard library only, since it runs before anything is installed. Installs the locked set with hashes, only when the lock
changed; every failure that a newcomer can meet is one clear line.
"""

import hashlib
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
COMPILER = "On Debian: apt-get install build-essential python3-dev"
NEEDED_MB = {"base": 600, "dev": 1400}


def give_up(sentence: str) -> None:
    sys.exit(f"setup: {sentence}")


def check_machine(kind: str) -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - whoever runs this may have an older one
        found = ".".join(map(str, sys.version_info[:3]))
        give_up(f"Python 3.11 or newer is needed, this is {found}. Name another one: make run PYTHON=python3.12")
    free = shutil.disk_usage(ROOT).free // 2**20
    if not PYTHON.exists() and free < NEEDED_MB[kind]:
        give_up(f"not enough disk: {NEEDED_MB[kind]} MB are needed in {ROOT}, {free} MB are free.")


def make_venv() -> None:
    if PYTHON.exists():
        return
    print("setup: making .venv", flush=True)
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True)  # noqa: S603
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        if "ensurepip" in made.stdout + made.stderr:
            give_up("this Python cannot make virtual environments. On Debian: apt-get install python3-venv")
        give_up((made.stderr or made.stdout).strip().splitlines()[-1])


def install(kind: str) -> None:
    """The locked set of `kind`; the development set holds the base set as well."""
    lock = ROOT / "requirements" / f"{kind}.txt"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    stamps = [VENV / f".installed-{kind}", *([VENV / ".installed-dev"] if kind == "base" else [])]
    if stamps[0].exists() and stamps[0].read_text() == wanted:
        return
    if kind == "base" and stamps[1].exists():
        return
    packages = sum(1 for line in lock.read_text().splitlines() if "==" in line)
    print(f"setup: installing {packages} packages, about a minute", flush=True)
    started = time.monotonic()
    command = [
        str(PYTHON),
        "-m",
        "pip",
        "install",
        "--require-hashes",
        "--no-input",
        "--progress-bar",
        "off",
        "-r",
        str(lock),
    ]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # noqa: S603
    tail: list[str] = []
    seen = 0
    for line in running.stdout or ():
        tail = [*tail[-40:], line.rstrip()]
        if line.startswith("Collecting"):
            seen += 1
            if seen % 20 == 0:
                print(f"setup: {seen} of {packages}", flush=True)
        elif line.startswith("Installing collected"):
            print("setup: unpacking", flush=True)
    if running.wait():
        give_up(explain("\n".join(tail)))
    stamps[0].write_text(wanted)
    print(f"setup: done in {time.monotonic() - started:.0f} s", flush=True)


def explain(output: str) -> str:
    """One line for what went wrong in pip."""
    known = {
        "No space left on device": "the disk is full. Free some space and start again; nothing is lost.",
        "error: command 'gcc'": f"a package has to be compiled and there is no compiler. {COMPILER}",
        "Failed building wheel": f"a package has to be compiled and that failed. {COMPILER}",
        "Temporary failure in name resolution": "no network: packages cannot be fetched.",
        "Connection refused": "the package index does not answer.",
        "No matching distribution": "a locked package is not to be had for this Python. Use 3.11, 3.12 or 3.13.",
        "DO NOT MATCH THE HASHES": "a package is not the one that was locked: it was refused.",
    }
    for sign, sentence in known.items():
        if sign in output:
            return sentence
    errors = [line for line in output.splitlines() if line.startswith("ERROR")]
    return errors[-1] if errors else "pip failed: run it by hand to see why."


def compile_catalogues() -> None:
    done = subprocess.run(  # noqa: S603
        [str(PYTHON), str(ROOT / "manage.py"), "catalogue", "--compile"], capture_output=True, text=True, cwd=ROOT
    )
    if done.returncode:
        give_up(
            "the Chinese catalogues could not be compiled: " + (done.stderr or done.stdout).strip().splitlines()[-1]
        )


def main() -> None:
    kind = sys.argv[1] if len(sys.argv) == 2 and sys.argv[1] in NEEDED_MB else "base"
    check_machine(kind)
    make_venv()
    install(kind)
    compile_catalogues()


if __name__ == "__main__":
    main()
