"""Makes screenshots small: a PNG picture with a palette of at most 256 colours.

Only what Chromium writes is read: 8 bits a sample, red, green and blue, with or without opacity.
See the PNG specification, https://www.w3.org/TR/png-3/.
"""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOURS = 256
"""How many colours a palette holds at most."""
SAMPLES = {2: 3, 6: 4}
"""How many bytes a pixel has, by the type of the picture."""

Colour = tuple[int, int, int]


def reduced(picture: bytes) -> bytes:
    """The same picture with a palette.

    It looks the same if it has up to 256 colours. More colours are parted into as many groups of
    similar ones (median cut), and each group becomes its most frequent colour.

    Args:
        picture: a PNG file.

    Raises:
        ValueError: it is no PNG file, or not one of the kind that is read.
    """
    width, height, pixels = _decoded(picture)
    counted = Counter(pixels)
    groups = _groups(list(counted))
    palette = [max(group, key=lambda colour: counted[colour]) for group in groups]
    places = {colour: place for place, group in enumerate(groups) for colour in group}
    samples = bytes(places[pixel] for pixel in pixels)
    # A row begins with the number of its filter; none suits palettes.
    rows = b"".join(b"\0" + samples[n * width : (n + 1) * width] for n in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    return SIGNATURE + b"".join(
        (
            _chunk(b"IHDR", header),
            _chunk(b"PLTE", bytes(sample for colour in palette for sample in colour)),
            _chunk(b"IDAT", zlib.compress(rows, 9)),
            _chunk(b"IEND", b""),
        )
    )


def _groups(colours: list[Colour]) -> list[list[Colour]]:
    """Parts colours into at most 256 groups: the widest is cut in the middle, again and again."""
    if len(colours) <= COLOURS:
        return [[colour] for colour in colours]
    groups = [(*_widest(colours), colours)]
    while len(groups) < COLOURS:
        place = max(range(len(groups)), key=lambda n: groups[n][0])
        _, channel, group = groups.pop(place)
        group.sort(key=lambda colour: colour[channel])
        middle = len(group) // 2
        groups += [(*_widest(half), half) for half in (group[:middle], group[middle:])]
    return [group for _, _, group in groups]


def _widest(colours: list[Colour]) -> tuple[int, int]:
    """How far colours reach in the channel where they reach furthest, and that channel."""
    reach = [max(each) - min(each) for each in zip(*colours, strict=True)]
    return max((width, channel) for channel, width in enumerate(reach))


def _chunk(name: bytes, content: bytes) -> bytes:
    check = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)


def _chunks(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(SIGNATURE)
    while place < len(picture):
        (length,) = struct.unpack_from(">I", picture, place)
        yield picture[place + 4 : place + 8], picture[place + 8 : place + 8 + length]
        place += length + 12


def _decoded(picture: bytes) -> tuple[int, int, list[Colour]]:
    """Width, height and the pixels, row by row; opacity is left out."""
    if not picture.startswith(SIGNATURE):
        raise ValueError("not a PNG file")
    content = b""
    for name, part in _chunks(picture):
        if name == b"IHDR":
            width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", part)
        elif name == b"IDAT":
            content += part
    if depth != 8 or kind not in SAMPLES or interlaced:
        raise ValueError(f"a PNG file of {depth} bits and type {kind} is not read")
    step = SAMPLES[kind]
    data = zlib.decompress(content)
    length = width * step
    row = bytearray(length)
    pixels: list[Colour] = []
    for start in range(0, height * (length + 1), length + 1):
        row = _row(data[start], data[start + 1 : start + 1 + length], row, step)
        pixels += zip(row[0::step], row[1::step], row[2::step], strict=True)
    return width, height, pixels


def _row(way: int, raw: bytes, above: bytearray, step: int) -> bytearray:
    """A row of samples, with its filter undone."""
    row = bytearray(raw)
    if way == 1:
        for n in range(step, len(row)):
            row[n] = (row[n] + row[n - step]) & 255
    elif way == 2:
        for n, up in enumerate(above):
            row[n] = (row[n] + up) & 255
    elif way == 3:
        for n, up in enumerate(above):
            left = row[n - step] if n >= step else 0
            row[n] = (row[n] + (left + up) // 2) & 255
    elif way == 4:
        for n, up in enumerate(above):
            left, corner = (row[n - step], above[n - step]) if n >= step else (0, 0)
            row[n] = (row[n] + _nearest(left, up, corner)) & 255
    elif way != 0:
        raise ValueError(f"a PNG file has no filter {way}")
    return row


def _nearest(left: int, up: int, corner: int) -> int:
    """Of three neighbours the one nearest to left + up - corner (Paeth's predictor)."""
    guess = left + up - corner
    return min((left, up, corner), key=lambda each: abs(guess - each))
