"""The ticket API.

client      one request per endpoint at a time, one deadline per command, never a guess
http        one exchange over HTTP, and what each way of failing proves
responses   what an answer means, and how long to wait before the next try
errors      what can go wrong, and what that proves
redact      credentials taken out of a stranger's JSON; credentials: how they are known
"""
