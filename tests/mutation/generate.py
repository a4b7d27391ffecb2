"""`python -m tests.mutation.generate`, in a copy of the bot: has mutmut write the mutants, and judge none of them."""

import os
from pathlib import Path

from mutmut.__main__ import copy_also_copy_files, copy_src_dir, create_mutants
from mutmut.mutation.trampoline import set_mutant_under_test


def main() -> None:
    set_mutant_under_test("mutant_generation")
    Path("mutants").mkdir()
    copy_src_dir()
    copy_also_copy_files()
    create_mutants(max_children=os.cpu_count() or 1)


if __name__ == "__main__":
    main()
