"""Every statement about changes, for SQLite and PostgreSQL alike. Durations are in seconds.

`$1` to `$3` are always the row's id, owner and fence where a statement is for whoever holds the row (`_MINE`): it
changes nothing once somebody else has taken the row over.
"""

from bot.changes.outcome import WITHOUT_EFFECT

LEASE_S = 6.0
"""How long a row is its owner's without a renewal."""
OUTAGE_S = 60.0
"""How long the database may have been away, so that whoever held a row holds it still."""
SEND_S = 3.0
"""From the commit of *sending* until the first byte has to be on its way."""
SETTLE_S = SEND_S + 10.0 + 60.0
"""From there on a request without an answer can't be carried out any more: one try, and a minute."""
URL_S = 1800.0
"""How long a response_url is good for."""
SHOW_AGAIN_S = 10.0
"""After which time a message is shown once more, where an older edit may have landed on top of the newer one."""
REOPEN_S = 3600.0
"""For how long a delivered row can be shown again."""

_NOT_APPLIED = ", ".join(f"'{kind.name}'" for kind in sorted(WITHOUT_EFFECT, key=lambda kind: kind.value))
SKIP_LOCKED = "/* skip locked */"
"""A comment to SQLite, and FOR UPDATE SKIP LOCKED to PostgreSQL: there a process that is frozen within a transaction
keeps its row's lock, and whoever waits for that row gets no other."""

_MINE = "id = $1 AND owner = $2 AND fence = $3"
_NEW_ANSWER = "answer <> '' AND answer <> outcome"
_ALIVE = "lease_until > ledger_now()"
"""Else this machine stood still, and what it has read since is older than it takes it to be."""
FREE = f"(lease_until IS NULL OR lease_until <= ledger_now() OR lease_until > ledger_now() + {LEASE_S})"
"""Nobody is at work on the row, as in bot.ledger.row.is_held."""

WRITE = "UPDATE ledger_meta SET value = value WHERE key = 'oldest_version'"
"""Leaves everything as it is, and has to be written all the same."""

ROW = "SELECT *, ledger_now() AS now FROM changes WHERE id = $1"
# A ticket is locked whichever key it is read with: a new key may be of the same account, which nobody here can know.
BUSY = "SELECT *, ledger_now() AS now FROM changes WHERE case_number = $1 AND busy = 1"
SETTLE = """
UPDATE changes SET busy = 0 WHERE case_number = $1 AND busy = 1
AND state IN ('ended', 'delivered') AND settled_at <= ledger_now()"""

# A request that can't be edited shows its buttons for as long as it stands: a click finds that its time is over.
INSERT = """
INSERT INTO changes (id, account, case_number, state, request, asker, team, channel, thread_ts, message_ts, private,
  editable, asked_at, expires_at, due_at)
VALUES ($1, $2, $3, 'open', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
  CAST($13 AS double precision) + CASE WHEN $11 = 1 THEN 0 ELSE 86400 END)
ON CONFLICT (id) DO NOTHING"""
DELIVERED = "UPDATE changes SET delivery = $2 WHERE id = $1 RETURNING id"
ASKED_BY = """
SELECT id, EXISTS (SELECT 1 FROM audit WHERE audit.case_number = changes.case_number AND audit.request = changes.id)
  AS is_told FROM changes WHERE delivery = $1"""
POSTED = """
UPDATE changes SET channel = $2, message_ts = $3, editable = 1,
  due_at = CASE WHEN state = 'open' THEN expires_at ELSE due_at END WHERE id = $1"""
NOT_POSTED = "DELETE FROM changes WHERE id = $1 AND state = 'open' AND owner IS NULL"
LOCK = "UPDATE changes SET id = id WHERE id = $1"
"""Whoever writes about the row at the same time waits, and sees what was written."""

# While somebody works on a row its lease alone says when it is due, whatever becomes of the database's clock.
TAKE = f"""
UPDATE changes SET state = 'claimed', busy = $2, change = $3, clicker = $4, clicked_at = $5, ref = $6, owner = $7,
  fence = fence + 1, lease_until = ledger_now() + {LEASE_S}, due_at = 0, account = $8, channel = $9,
  thread_ts = $10, message_ts = $11, private = $14, editable = $15, response_url = $12,
  response_url_until = ledger_now() + {URL_S}, response_url_uses = $13, announced = 0, tries = 0, outcome = '',
  answer = '', receipt = '', show_again = NULL
WHERE id = $1 AND state = 'open' AND {FREE}
AND ($2 = 0 OR NOT EXISTS (SELECT 1 FROM changes AS other
  WHERE other.case_number = changes.case_number AND other.busy = 1 AND other.id <> changes.id))
RETURNING fence"""
TAKE_OVER = f"""
UPDATE changes SET owner = $2, fence = fence + 1, lease_until = ledger_now() + {LEASE_S}
WHERE id = $1 AND state <> 'open' AND {FREE} RETURNING *, ledger_now() AS now"""
TAKE_OVER_WITH_URL = f"""
UPDATE changes SET owner = $2, fence = fence + 1, lease_until = ledger_now() + {LEASE_S}, response_url = $3,
  response_url_until = ledger_now() + {URL_S}, response_url_uses = $4
WHERE id = $1 AND state <> 'open' AND {FREE} RETURNING *, ledger_now() AS now"""
# $3 is channels, each between two commas: their rows are left for later.
TAKE_DUE = f"""
UPDATE changes SET owner = $1, fence = fence + 1, lease_until = ledger_now() + {LEASE_S}
WHERE id IN (SELECT id FROM changes WHERE due_at <= ledger_now() AND {FREE} AND $3 NOT LIKE '%,' || channel || ',%'
  ORDER BY due_at LIMIT $2 {SKIP_LOCKED})
AND due_at <= ledger_now() AND {FREE} RETURNING *, ledger_now() AS now"""
RENEW = f"UPDATE changes SET lease_until = ledger_now() + {LEASE_S} WHERE {_MINE} AND {_ALIVE} RETURNING id"
# Of a process that was awake while the database was away, and whose row nobody has taken since.
RENEW_LATE = f"""
UPDATE changes SET lease_until = ledger_now() + {LEASE_S}
WHERE {_MINE} AND lease_until > ledger_now() - {OUTAGE_S} RETURNING id"""

CONFIRM = f"""
UPDATE changes SET announced = 1, copy = $4, response_url_uses = $5 WHERE {_MINE} AND state = 'claimed' RETURNING id"""
SEND = f"""
UPDATE changes SET state = 'sending', send_not_after = ledger_now() + {SEND_S},
  settled_at = ledger_now() + {SETTLE_S}, last_try = ledger_now(), lease_until = ledger_now() + {LEASE_S}
WHERE {_MINE} AND {_ALIVE} AND state IN ('claimed', 'sending') RETURNING send_not_after"""
MAY_SEND = f"SELECT id FROM changes WHERE {_MINE} AND state = 'sending' AND ledger_now() < send_not_after"

RELEASE = f"""
UPDATE changes SET state = 'open', busy = 0, change = '', clicker = '', ref = '', owner = NULL, lease_until = NULL,
  due_at = expires_at + CASE WHEN editable = 1 THEN 0 ELSE 86400 END, announced = 0, copy = NULL, response_url = NULL
WHERE {_MINE} AND state = 'claimed' RETURNING id"""
END = f"""
UPDATE changes SET state = 'ended', outcome = $4, busy = $5, message = $6, receipt = $7, response_url_uses = $8,
  answer = CASE WHEN $9 = 1 THEN $4 ELSE answer END, due_at = ledger_now(),
  ended_at = COALESCE(ended_at, ledger_now()), tries = 0
WHERE {_MINE} RETURNING id"""
DELIVER = f"""
UPDATE changes SET state = 'delivered', delivered_at = COALESCE(delivered_at, ledger_now()), receipt = $4,
  copy = CASE WHEN $5 = 1 THEN copy END, owner = NULL, lease_until = NULL, tries = 0,
  show_again = CASE WHEN show_again > $7 THEN show_again END,
  due_at = CASE WHEN {_NEW_ANSWER} THEN ledger_now() WHEN show_again > $7 THEN show_again ELSE $6 END
WHERE {_MINE} AND state IN ('ended', 'delivered') RETURNING id"""
POSTPONE = f"""
UPDATE changes SET owner = NULL, lease_until = NULL, tries = tries + 1, due_at = ledger_now() + $4, receipt = $5
WHERE {_MINE} RETURNING id"""
DROP_TEXTS = f"""
UPDATE changes SET state = 'delivered', delivered_at = COALESCE(delivered_at, ledger_now()), copy = NULL,
  message = NULL, response_url = NULL, owner = NULL, lease_until = NULL, show_again = NULL,
  due_at = CASE WHEN {_NEW_ANSWER} THEN ledger_now() END
WHERE {_MINE} AND state IN ('ended', 'delivered') RETURNING id"""

MARK_RECEIPT = f"UPDATE changes SET receipt = $4 WHERE {_MINE} RETURNING id"
COUNT_USE = f"UPDATE changes SET response_url_uses = $4 WHERE {_MINE} RETURNING id"

# $3 is how the receipt stands, where whoever got the answer knows that.
# That this process sent nothing is no news of a row that ended without an effect: its buttons may be back by now.
ANSWER = f"""
UPDATE changes SET answer = $2, receipt = CASE WHEN $3 = '' THEN receipt ELSE $3 END, due_at = ledger_now()
WHERE id = $1 AND ref = $4 AND answer IN ('', $2) AND outcome <> $2
AND NOT ($2 = 'NOT_SAVED' AND outcome IN ({_NOT_APPLIED}))"""
_SHOW_AGAIN = """
UPDATE changes SET show_again = ledger_now() + $2,
  due_at = CASE WHEN state <> 'delivered' OR due_at < ledger_now() + $2 THEN due_at ELSE ledger_now() + $2 END"""
SHOW_AGAIN = f"""{_SHOW_AGAIN}
WHERE id = $1 AND (state IN ('claimed', 'sending', 'ended')
  OR state = 'delivered' AND delivered_at > ledger_now() - {REOPEN_S})"""
# However long ago that was delivered: what is shown is another request's end.
SHOW_ELSEWHERE = f"{_SHOW_AGAIN} WHERE id = $1 AND state <> 'open'"

RIVALS = f"""
SELECT DISTINCT clicker, outcome FROM changes WHERE case_number = $1 AND id <> $2 AND change = $3
AND settled_at > $4 AND outcome NOT IN ({_NOT_APPLIED}) AND (change <> 'delete' OR outcome <> 'FOUND_CLOSED')"""

REPLACED_BY = """
SELECT *, ledger_now() AS now FROM changes WHERE case_number = $1 AND state <> 'open' AND request LIKE $2"""
HAND_OVER = "UPDATE changes SET lease_until = NULL WHERE owner = $1"
BLANK_URLS = """
UPDATE changes SET response_url = NULL WHERE response_url IS NOT NULL AND response_url_until <= ledger_now()"""
_AUDIT = """
INSERT INTO audit (at, event, change, user_id, asker, confirmer, team, channel, case_number, request, replaces, outcome,
  ref)"""
AUDIT = f"{_AUDIT} VALUES (ledger_now(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
# Where an earlier commit of it had no answer it may be there already. $13 is how many seconds ago it happened.
AUDIT_ONCE = f"""{_AUDIT} SELECT ledger_now() - $13, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12
WHERE NOT EXISTS (SELECT 1 FROM audit WHERE case_number = $8 AND request = $9 AND event = $1 AND ref = $12)"""
