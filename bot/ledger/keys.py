"""Stand-in."""
async def load_cipher(database, url, keys, runtime):
    from bot.ledger.encryption import Cipher
    return Cipher()
