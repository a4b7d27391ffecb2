"""A process that has the turn, for tests that freeze or kill one: says "has it", and gives it back when told to."""

import asyncio
import sys

from bot.ledger import postgres


async def main(url: str, name: str) -> None:
    async with postgres.connect(url, patience_s=0) as database:
        turn = database.turn_at(name)
        while True:
            await turn.wait()
            _say("has it")
            await asyncio.to_thread(sys.stdin.readline)
            turn.give_back()
            _say("gave it back")
            await asyncio.to_thread(sys.stdin.readline)


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
