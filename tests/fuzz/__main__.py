"""`python -m tests.fuzz TARGET [FLAG…]`: libFuzzer's flags, such as -max_total_time=600. See `make fuzz`.

What it finds is printed, and written to .cache/fuzz/TARGET-…: a finding becomes a line of findings.py.
"""

import sys
from pathlib import Path

import atheris

FOLDER = Path(".cache/fuzz")
_PACKAGES = ["bot", "handlers"]


def main() -> None:
    with atheris.instrument_imports(include=_PACKAGES):
        from tests.fuzz.targets import TARGETS  # noqa: PLC0415 - instrumented as it is imported
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in TARGETS:
        sys.exit(f"Which one? {', '.join(TARGETS)}")
    corpus = FOLDER / name
    corpus.mkdir(parents=True, exist_ok=True)
    flags = [
        "-max_len=2000",
        "-len_control=0",
        "-timeout=60",
        "-rss_limit_mb=2048",
        f"-artifact_prefix={corpus}-",
        *sys.argv[2:],
    ]
    atheris.Setup([sys.argv[0], str(corpus), *flags], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
