"""The ticket API.

client          one request per endpoint at a time, one deadline per command, never a guess
pending_change  all the tries of one change: what they prove, and when the ticket is read before the next
shared_read     one read, and everybody who waits for it
queue           the line in front of an endpoint
retry           the loop that tries again, and its pauses
http            one request over HTTP, and what each way of failing proves
responses       what an answer means
errors          what can go wrong, and what that proves
redact          credentials taken out of a stranger's JSON; credentials: how they are known
"""
