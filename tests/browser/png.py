"""Makes screenshots small: a PNG picture with a palette of at most 256 colours."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOURS = 256
"""How many colours a palette holds at most."""


def reduced(picture: bytes) -> bytes:
    """The same picture with a palette, without opacity.

    It is the same if it has up to 256 colours; more are parted into as many groups of similar ones.

    Args:
        picture: a PNG file.

    Raises:
        ValueError: it is none.
    """
    if not picture.startswith(SIGNATURE):
        raise ValueError("not a PNG file")
    with Image.open(BytesIO(picture)) as opened:
        plain = opened.convert("RGB")
    result = plain.quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    output = BytesIO()
    result.save(output, "PNG", optimize=True)
    return output.getvalue()
