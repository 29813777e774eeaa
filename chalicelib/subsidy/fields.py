"""What the forms of this room share: reading free text."""

import unicodedata

from chalicelib.subsidy import texts


def read_words(raw: str, *, missing: str, least: int, most: int) -> str:
    """Return the text with single spaces; raises ValueError with the sentence to show."""
    text = " ".join(unicodedata.normalize("NFC", raw).split())
    if not text:
        raise ValueError(missing)
    if not least <= len(text) <= most:
        raise ValueError(texts.TEXT_LENGTH.format(least=least, most=most, count=len(text)))
    if not text.isprintable():
        raise ValueError(texts.TEXT_CHARACTERS)
    return text
