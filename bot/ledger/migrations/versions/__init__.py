"""The steps, oldest first. What a released one says stays as it is; a new one is a new file.

0001_ledger  changes that were begun, and who did what
0002_delivery  which of Slack's deliveries a request came from
"""
