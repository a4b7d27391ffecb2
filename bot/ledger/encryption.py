"""Stand-in."""
import hashlib
class Cipher:
    def __init__(self, keys=()): self.keys = keys
    def encrypt(self, text: str, at: str) -> bytes: return text.encode()
    def decrypt(self, value: bytes, at: str) -> str: return value.decode()
async def fingerprint(database, cipher, key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:16]
