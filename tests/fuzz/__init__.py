"""Bytes as a fuzzer makes them, turned into what strangers, Slack and operators send; and what has to hold then.

targets    one function for each kind of input
choices    bytes as decisions: so that mutated bytes give mutated tickets, not broken JSON
__main__   `python -m tests.fuzz TARGET`: an endless stream of bytes, guided by the code that they reach
"""
