"""Slack and the ticket API in memory, over real HTTP on loopback: for the demo and the tests.

ticket_api      the ticket API; ticket_faults: how it fails; sample_tickets: what is in it
slack           Slack; slack_chat: what is said there; slack_messages: what a message is; slack_payloads: what Slack
                sends; slack_socket: Socket Mode
peer            who a request comes from
block_kit       what Slack would refuse; schema: the rules that this is written in
demo            a conversation in a terminal; terminal: what that looks like; console: what is typed there
"""
