"""Deleting and resolving a ticket.

request     what the buttons of a request carry
snapshot    the ticket as a request showed it, and what is different now
conclude    what came of a change that was sent
outcome     what can come of a request, and what that means for the record
"""
