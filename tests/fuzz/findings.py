"""What the fuzzer found once, by target: each of them was a fault, and is one that can't come back."""

FINDINGS: dict[str, tuple[bytes, ...]] = {
    "env": (b"\xc40",),  # a secret that stood before a setting's name, with no line break, was repeated
}
