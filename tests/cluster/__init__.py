"""`make cluster`: three real processes on one PostgreSQL, thirty people, and trouble every second or two.

cluster     the processes, what they run on, and what has happened to each
network     one process's network, whose packets can be dropped
sockets     which process a connection belongs to
slack       Slack, and a load balancer: each payload goes to one process, some go to two
people      what they do
trouble     what happens to the processes and to PostgreSQL
scene       a stop that cuts off a deletion; a kill that does, drawn for docs
calls       which process sent what to the ticket API, and what overlapped there
rules       what must hold across the processes; tests.crash.rules has what must hold of each conversation
story       what happened around a conversation that broke a rule, with each process's log
figures     how long, how much of the API's limit, and how fair
releases    the next release, made from this one; test_releases has both at work, there and back
plants      faults, to see that the rules can fail
"""
