"""The database: what has been begun, so that nothing is forgotten, and who did what.

connect        the database that DATABASE_URL names, ready for use
database       one way to the database, whichever it is
sqlite         SQLite: a connection, its transactions, and what its errors mean
sqlite_thread  the same in a thread of its own
one_server     one server per file
postgres       PostgreSQL
schema         the schema that this bot knows, and how a database gets there
migrations     the schema, step by step
"""
