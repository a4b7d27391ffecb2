"""What Alembic runs: the steps that are missing, on the connection that it was given, in its transaction."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
context.run_migrations()
