"""The schema, step by step: a released step is never changed.

env       what Alembic runs
versions  the steps
"""
