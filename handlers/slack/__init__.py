"""Slack's side: what comes in, how it is answered, and how the process starts and stops.

audit_channel   audit lines to AUDIT_CHANNEL, no faster than Slack takes them
hints           what to do about an error code of Slack's
interaction     what somebody did, read from a payload
limited         no more of an answer than a bound
message_text    what a person sees in a message
menus           a menu's choice as the click on a button
replies         messages to people, over response_url and the Web API
runner          acknowledge, work in a task, catch, drain
signature       whether Slack sent it, over HTTP
startup         the settings' tokens, tried before anything is served
tries           one try to send something, and whether another may help
trial           calls that try Slack and leave nothing behind
transports      HTTP, and Socket Mode
web             the Web API: one session, and clients on it
web_errors      an error of the Web API, in words and as a label
"""
