#!/usr/bin/env python3
"""Writes Sources/Text/UnicodeTables.swift from the Unicode data that Python's `unicodedata` holds.

Only needed to move to a newer Unicode version; building and testing need no Python.
Usage: scripts/make-unicode-tables.py > Sources/Text/UnicodeTables.swift
"""

import sys
import textwrap
import unicodedata


def code_points():
    """Every code point except surrogates and Hangul syllables, which decompose by arithmetic."""
    for code in range(0x110000):
        if not (0xD800 <= code <= 0xDFFF or 0xAC00 <= code <= 0xD7A3):
            yield code


def decompositions():
    """`key:values` with full compatibility decompositions; `key+n:value` is n + 1 neighbours that map to neighbours."""
    entries = []
    for code in code_points():
        values = [ord(c) for c in unicodedata.normalize("NFKD", chr(code))]
        if values != [code]:
            entries.append((code, values))
    items = []
    index = 0
    while index < len(entries):
        first, values = entries[index]
        length = 0
        while index + length + 1 < len(entries) and len(values) == 1:
            code, following = entries[index + length + 1]
            if code != first + length + 1 or following != [values[0] + length + 1]:
                break
            length += 1
        key = f"{first:X}" + (f"+{length:X}" if length else "")
        items.append(key + ":" + "_".join(f"{value:X}" for value in values))
        index += length + 1
    return items


def compositions():
    """`first_second:composite` of every pair that NFC composes, without Hangul."""
    items = []
    for code in code_points():
        mapping = unicodedata.decomposition(chr(code))
        if not mapping or "<" in mapping or " " not in mapping:
            continue
        if unicodedata.normalize("NFC", unicodedata.normalize("NFD", chr(code))) == chr(code):
            first, second = mapping.split()
            items.append(f"{int(first, 16):X}_{int(second, 16):X}:{code:X}")
    return items


def literal(name, comment, items):
    lines = textwrap.wrap(" ".join(items), 110, break_long_words=False, break_on_hyphens=False)
    body = "\n".join("        " + line + (" \\" if line is not lines[-1] else "") for line in lines)
    return f'    /// {comment}\n    static let {name} = """\n{body}\n        """\n'


print(f"""// Made by scripts/make-unicode-tables.py from the Unicode Character Database {unicodedata.unidata_version};
// do not edit. Copyright 1991-present Unicode, Inc., under the Unicode Licence v3 (https://www.unicode.org/license.txt).

/// What the standard library does not offer: decompositions and compositions of Unicode scalars, in hexadecimal.
enum UnicodeTables {{""")
print(literal("decompositions", "`key:values`; `key+n:value` stands for n + 1 neighbours that map to neighbours.", decompositions()))
sys.stdout.write(literal("compositions", "`first_second:composite`.", compositions()))
print("}")
