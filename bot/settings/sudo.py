"""Who types a command, where sudo made them somebody else."""

import os


def sudo_user() -> str:
    """Empty without sudo; anybody may have written it there."""
    return os.environ.get("SUDO_USER", "")
