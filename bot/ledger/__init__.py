"""The database: what has been begun, so that nothing is forgotten, and who did what.

database    one way to the database, whichever it is
"""
