"""Names of parametrized cases."""


def ident(value):
    """Return a short name of a value, the same in every process."""
    text = repr(value)
    if any(varying in text for varying in (' at 0x', 'datetime', '{')):
        # Addresses, the time of day, and the order of sets.
        return type(value).__name__
    return text if len(text) <= 60 else f'{text[:60]}...'
