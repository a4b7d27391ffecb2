"""One seed is one world; `make simulate` runs as many as there is time for."""

import os
import subprocess
import sys

_DIGESTS = """
from tests.simulation.parts import memory_in_place_of_sockets
from tests.simulation.world import BrokenRuleError, World
with memory_in_place_of_sockets():
    for seed in (1, 2, 3, 1):
        world = World(seed)
        try:
            world.run()
        except BrokenRuleError:
            pass
        print(world.journal.digest())
"""


def test_one_seed_is_one_world_whatever_python_hashes() -> None:
    digests = [_digests(hash_seed) for hash_seed in ("0", "1", "random")]
    assert digests[0] == digests[1] == digests[2]
    first, second, third, again = digests[0]
    assert first == again
    assert len({first, second, third}) == 3


def _digests(hash_seed: str) -> list[str]:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    run = subprocess.run([sys.executable, "-c", _DIGESTS], env=environment, capture_output=True, text=True, check=True)
    return run.stdout.split()
