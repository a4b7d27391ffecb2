"""Block Kit, and text that is safe in it. Knows no ticket.

blocks      Block Kit's objects as plain functions
limits      Slack's limits
invisible   characters that can't be seen, and those of them that a script or an emoji needs
text        a stranger's text made safe and short
metadata    what a button or a modal carries
pages       rich text of any length as blocks, and blocks as pages of a modal
"""
