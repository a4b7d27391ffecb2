"""The button *Check now*: the truth about a change whose end was not seen, for whoever clicks, from any process."""

from asyncio import CancelledError
from dataclasses import dataclass

from bot.api.errors import SweeppeaError, TicketNotFoundError
from bot.changes.claims import Claim
from bot.changes.outcome import Found, Kind, conclude_check
from bot.changes.request import PendingCheck
from bot.messages import delete_check, delete_outcome
from handlers.execute import found_in
from handlers.finish import Finish
from handlers.reading import read
from handlers.record import Recorder
from handlers.services import Services
from handlers.slack.interaction import Interaction

_STILL_KNOWN = {"working", "deleted", "resolved"}


@dataclass(frozen=True)
class Checking:
    services: Services
    recorder: Recorder
    finish: Finish

    async def check(self, interaction: Interaction) -> None:
        check = PendingCheck.parse(interaction.action_value)
        if check is None:
            await self.recorder.refuse(
                interaction, "the button is out of date", delete_check.not_looked_up(delete_check.OTHER_VERSION)
            )
        elif (claim := self.services.claims.get(check.request_id)) and claim.state in _STILL_KNOWN:
            await self.services.runner.complete(self._tell_known(interaction, check, claim))
        else:
            await self._look(interaction, check)

    async def _tell_known(self, interaction: Interaction, check: PendingCheck, claim: Claim) -> None:
        await self.recorder.record(interaction, "checked", claim.state, check)
        await self.services.replies.send(interaction, delete_outcome.already_handled(check.case_number, claim))

    async def _look(self, interaction: Interaction, check: PendingCheck) -> None:
        found, why = await self._found(interaction, check)
        kind = conclude_check(check, found, self.services.runtime.now())
        message = delete_check.check_message(check, kind, interaction.actor.user_id, self._now(), interaction.reference)
        is_news = kind is not Kind.UNKNOWN  # that nothing is known, the message says already

        async def tell() -> None:
            await self.recorder.record(interaction, "checked", why, check)
            await (self.finish.replace if is_news else self.services.replies.send)(interaction, message)

        await self.services.runner.complete(tell())

    async def _found(self, interaction: Interaction, check: PendingCheck) -> tuple[Found, str]:
        """What was found, and why in words for the audit."""
        try:
            found = found_in(await read(self.services, interaction, check.case_number))
        except TicketNotFoundError:
            return "gone", "can't be found"
        except SweeppeaError as error:
            return "unknown", f"not read: {error}"
        except CancelledError:  # not passed on to whoever would say that nothing was changed
            return "unknown", "the bot is stopping"
        return found, "the status is unknown" if found == "unknown" else found

    def _now(self) -> int:
        return int(self.services.runtime.now())
