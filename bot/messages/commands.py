"""The slash commands, as a person types them."""

VIEW = "/ticket"
DELETE = "/ticket-delete"
