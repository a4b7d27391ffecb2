"""The database: what has been begun, so that nothing is forgotten, and who did what.

ledger         what has been begun, step by step; row: a row of it; statements: its SQL; reading: what all ask of it
asking         what comes before a click; steps: how a step is taken
writing        what is written in a step
lease          the sign of life of whoever works on a row
next_step      what is to be done about a row
schedule       when a row is looked at again
retention      what is old is deleted, and what is about a person
overview       how much there is to do, in numbers
operator       what an operator asks of it, and does to it by hand
inspection     what can be seen of it without changing it
connect        the database that DATABASE_URL names, ready for use
workspace      the workspace that it belongs to
database       one way to the database, whichever it is
sqlite         SQLite: a connection, its transactions, and what its errors mean
sqlite_thread  the same in a thread of its own
one_server     one server per file
postgres       PostgreSQL: a pool, and what its errors mean; with postgres_session, a connection of it
pooler         a pooler in front of it, which would take locks away, is refused
turns          whose turn it is at the ticket API, among the processes that share a PostgreSQL; advisory_lock: by that
copying        a file copied to PostgreSQL, with copied_rows on their way; postgres_target, where they go
moved          the mark of a file that was copied
schema         the schema that this bot knows, and how a database gets there
encryption     AES-GCM: a value, and the place that it belongs to
keys           which keys there are
rotation       everything encrypted again with the first of them
fingerprint    of an API key
migrations     the schema, step by step
"""
