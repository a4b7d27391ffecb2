"""The ticket API.

client          one request per endpoint at a time, one deadline per command, never a guess
reads           looks that share a request, and reads of those who decide
shared_read     one read, and everybody who waits for it
pending_change  all the tries of one change: what they prove, and when the ticket is read before the next
queue           who is let in before an endpoint, who comes next, and who hears at once that there is no time
place           one request's place in a queue: wait for its turn, have it, give it back
fair_order      turns go round by person
pace            how long a request takes at present
turn            the turn at an endpoint, which several processes can share
outage          whether the API answers at all, and who tries
retry           the loop that tries again, and its pauses
requests        one request with what its answer says, and its line in the log
http            one request over HTTP, and what each way of failing proves
responses       what an answer means
errors          what can go wrong, and what that proves
redact          credentials taken out of a stranger's JSON; credentials: how they are known
"""
