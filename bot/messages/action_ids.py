"""What a click comes back under."""

from enum import StrEnum


class ActionId(StrEnum):
    """Every button and menu, by the name under which a click on one comes back."""

    SHARE = "share_ticket"
    REFRESH = "refresh_ticket"
    DETAILS = "ticket_details"
    DETAILS_PAGE = "ticket_details_page"
    LOOK_UP = "look_up_ticket"
    ASK_TO_DELETE = "ask_to_delete_ticket"
    DELETE = "delete_ticket"
    RESOLVE = "resolve_ticket"
    CANCEL = "cancel_deletion"
    CHECK = "check_deletion"
    MENU = "ticket_menu"
