#!/usr/bin/env python3
"""Prints the @font-face overrides that make a font of the device stand in for ours
without moving a line when ours arrives.

    assets/fonts-metrics.py OURS.woff2 THEIRS.ttf|woff2 [...]

Width is compared over English text by letter frequency. Georgia, Times New Roman
and Arial are not free; Gelasio, Tinos and Arimo have their widths (Fontsource has
all three). Needs python3-fonttools and python3-brotli. The values go into
assets/css/fonts.css by hand: they change only when a font does.
"""
import sys
from fontTools.ttLib import TTFont

# Per thousand characters of English prose, spaces included.
FREQUENCY = {
    " ": 182, "e": 102, "t": 75, "a": 65, "o": 62, "i": 57, "n": 57, "s": 53, "r": 50,
    "h": 50, "l": 33, "d": 33, "u": 23, "c": 22, "m": 20, "f": 20, "w": 17, "g": 16,
    "p": 15, "y": 14, "b": 13, "v": 8, "k": 6, ".": 10, ",": 10, "T": 3, "A": 3, "I": 4,
}


def measures(path):
    font = TTFont(path)
    unit = font["head"].unitsPerEm
    names, widths = font.getBestCmap(), font["hmtx"].metrics
    width = sum(widths[names[ord(c)]][0] * n for c, n in FREQUENCY.items())
    os2, hhea = font["OS/2"], font["hhea"]
    if os2.fsSelection & 1 << 7:  # the font asks for its typographic line
        line = os2.sTypoAscender, -os2.sTypoDescender, os2.sTypoLineGap
    else:
        line = hhea.ascent, -hhea.descent, hhea.lineGap
    return width / unit / sum(FREQUENCY.values()), [v / unit for v in line]


def main(ours, *theirs):
    width, line = measures(ours)
    print(f"{ours}: width {width:.4f}, line {line}")
    for path in theirs:
        ratio = width / measures(path)[0]
        up, down, gap = (100 * v / ratio for v in line)
        print(f"\n{path}\n  size-adjust: {100 * ratio:.2f}%;\n  ascent-override: {up:.2f}%;"
              f"\n  descent-override: {down:.2f}%;\n  line-gap-override: {gap:.2f}%;")


if len(sys.argv) < 3:
    sys.exit(__doc__)
main(*sys.argv[1:])
