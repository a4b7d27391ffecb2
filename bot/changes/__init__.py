"""Deleting and resolving a ticket.

request     what the buttons of a request carry
claims      what has become of the requests lately
"""
