"""The ticket bot's plain library; it knows nothing of Bolt.

    settings    every setting: name, type, unit, default
    errors      what can go wrong with the ticket API, and what that proves
    tickets     a case number, a ticket, and what a stranger's JSON may look like; credentials: what is struck out of it
    sweeppea    the client of the ticket API: queue, retries, deadlines; wire: one exchange over HTTP
    answers     what an answer of the API means, and how long to wait before the next try
    case_numbers    the case numbers in a text
    text        a stranger's text made safe and short
    richtext    a ticket's HTML as Slack rich text; with markup, paragraphs, tame, document and links, its parts
    limits      Slack's limits, all of them; with shapes, the rules that it is written in
    messages    a domain value in, a message out; no I/O, no clock
    prompts     what a deletion's buttons carry; details_page: what the modal's do
    policy      may this person do this here?
    claims      what has become of the prompts lately
    audit       one JSON line per event
    logs        the log, and what never gets into it
    sandbox     the ticket API in memory, over real HTTP
    stand_in    Slack in memory, over real HTTP and web sockets; posted: what it keeps
    demo        a conversation with the stand-in, in a terminal; drawing: what that looks like

Imports run one way: app -> handlers -> {policy, prompts, messages, sweeppea, audit} -> tickets -> errors.
tests/test_architecture.py holds that.
"""
