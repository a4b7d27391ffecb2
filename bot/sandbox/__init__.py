"""Slack and the ticket API in memory, over real HTTP on loopback: for the demo and the tests.

ticket_api      the ticket API; sample_tickets: what is in it; ticket_faults: what can go wrong
slack           Slack; slack_messages: what it keeps
block_kit       what Slack would refuse; schema: the rules that this is written in
demo            a conversation in a terminal; terminal: what that looks like; console: what is typed there
"""
