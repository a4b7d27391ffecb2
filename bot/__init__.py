"""The ticket bot's plain library; it knows nothing of Bolt.

    messages/   everything that a person reads: a domain value in, a message out; no I/O, no clock
    changes/    deleting and resolving a ticket: what a request carries, and what has become of it
    ledger/     the database: what has been begun, and who did what
    api/        the ticket API: client, answers, errors
    richtext/   a ticket's HTML as Slack rich text or as plain text
    tickets/    a case number, and a ticket
    blockkit/   Block Kit, and text that is safe in it; knows no ticket
    sandbox/    Slack and the ticket API in memory, over real HTTP; nothing else imports it
    settings/   every setting: name, type, unit, default; the environment and `.env`
    policy      may this person do this here?
    audit       one JSON line per event
    metrics/    what is counted, for Prometheus
    logs        the log, and what never gets into it; lines written by a thread
    runtime     time and chance

What may import what is a table in tests/test_architecture.py.
"""
