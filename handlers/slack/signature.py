"""Who sent this: Slack's signature, checked on the bytes as they came, before anything in them is read.

Fact: docs.slack.dev/authentication/verifying-requests-from-slack. slack_sdk's SignatureVerifier decodes the body first,
and raises on a timestamp that is no number and on a signature that is not ASCII.
"""

import hmac
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from bot.logs import Repeats, repeats_suffix
from bot.runtime import Runtime

MAX_AGE_S = 300
LOG_INTERVAL_S = 60
_PROBE_MAX_BYTES = 1_000

_NO_SIGNATURE = "a request over HTTP was refused: no signature (does a proxy take Slack's headers away?)"
_WRONG_SIGNATURE = "a request over HTTP was refused: wrong signature (is SLACK_SIGNING_SECRET this app's?)"
_WRONG_TIME = "a request over HTTP was refused: signed by Slack, but %d s off (is this machine's clock right?)"

log = logging.getLogger(__name__)


@dataclass
class SignatureCheck:
    """Each reason for a refusal is logged at most once in LOG_INTERVAL_S, then with how often it came meanwhile.

    Anybody can send anything, and often.
    """

    secret: str = field(repr=False)
    runtime: Runtime
    _repeats: Repeats = field(default_factory=lambda: Repeats(LOG_INTERVAL_S))

    def passes(self, body: bytes, headers: Mapping[str, str]) -> bool:
        """Whether Slack sent this within the last MAX_AGE_S. `body` is what came, still compressed if it was."""
        timestamp = headers.get("X-Slack-Request-Timestamp", "")
        signature = headers.get("X-Slack-Signature", "")
        if not signature or not re.fullmatch("[0-9]{1,12}", timestamp):
            return self._refuse(_NO_SIGNATURE)
        digest = hmac.new(self.secret.encode(), f"v0:{timestamp}:".encode(), sha256)
        digest.update(body)
        if not hmac.compare_digest(f"v0={digest.hexdigest()}".encode(), signature.encode(errors="surrogateescape")):
            return self._refuse(_WRONG_SIGNATURE)
        age_s = self.runtime.now() - int(timestamp)
        return abs(age_s) <= MAX_AGE_S or self._refuse(_WRONG_TIME, age_s)

    def _refuse(self, reason: str, *details: float) -> bool:
        count = self._repeats.count(reason, self.runtime.boottime())
        if count is not None:
            log.warning("%s%s", reason % details, repeats_suffix(count))
        return False


def is_certificate_probe(body: bytes) -> bool:
    """Slack tries an address's certificate with a request that it does not sign; nothing comes of it but a 200."""
    return len(body) <= _PROBE_MAX_BYTES and b"ssl_check=1" in body.split(b"&")
