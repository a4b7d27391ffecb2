"""The bot in a browser: on a Slack emulator of others, as a process of its own, over both transports.

    processes    a child process that never outlives its parent
    local_slack  the emulator: installed, configured, started, stopped
    stage        ticket API, emulator and bot, together
    slack_page   the emulator's page, as a person uses it
    slack        `make slack`: the stage for a person with a browser
    test_browser `make e2e`: the same, with Chromium as the person

The emulator and Chromium are the only things here that pip does not bring.
"""
