"""What must hold in every world, whatever people do and whatever fails: a rule a function.

A request is the message with *Delete*, *Resolve instead* and *Cancel*; a change is a deletion or a resolution; "carried
out" is what the ticket API itself did. Each rule yields what is wrong, and is asked at the moment that `at` names.

changes     what is done to tickets
ends        what everything comes to, without anybody's click
messages    what people read
records     what is on record, and in the log
"""

from tests.simulation.rulebook import OFF, RULES, violations
from tests.simulation.rules import changes, ends, messages, records

__all__ = ["OFF", "RULES", "changes", "ends", "messages", "records", "violations"]
