"""The settings of a world's bots."""

from tests.simulation.chance import Chance, evenly
from tests.simulation.people import ALICE, AUDIT_CHANNEL, BOB, CAROL, CHANNELS, ERIN


def draw_options(chance: Chance) -> dict[str, str]:
    """What differs from the settings that a bot has by itself."""

    def maybe(name: str, probability: float, *values: str) -> None:
        if value := chance.choose(f"setting {name}", evenly(*values, of=probability)):
            options[name] = value

    options = {"ticket_deleters": f"{ALICE},{BOB},{ERIN}"}
    maybe("ticket_viewers", 0.3, f"{ALICE},{BOB},{CAROL},{ERIN}")
    maybe("ticket_visibility", 0.2, "channel")
    maybe("ticket_contact", 0.5, "none", "full")
    maybe("ticket_channels", 0.25, CHANNELS[0])
    maybe("ticket_resolve", 0.2, "off")
    maybe("delete_second_person", 0.25, "on")
    maybe("delete_receipt", 0.2, "off")
    maybe("delete_prompt_visibility", 0.15, "private")
    maybe("delete_prompt_ttl_s", 0.4, "30", "60")
    maybe("audit_channel", 0.3, AUDIT_CHANNEL)
    if options.get("delete_second_person") == "on":
        options.pop("delete_prompt_visibility", None)  # the two exclude each other
    return options
