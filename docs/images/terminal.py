#!/usr/bin/env python3
"""Draws terminal output as SVG: terminal.py < captured-with-colours > terminal.svg (tmux capture-pane -ep gives such text)."""
import html, re, sys

COLOURS = {30: "#3b4252", 31: "#e06c75", 32: "#98c379", 33: "#e5c07b", 34: "#61afef", 35: "#c678dd", 36: "#56b6c2", 37: "#dcdfe4",
           90: "#7f848e", 91: "#e06c75", 92: "#98c379", 93: "#e5c07b", 94: "#61afef", 95: "#c678dd", 96: "#56b6c2", 97: "#ffffff"}
lines = [l.rstrip("\n") for l in sys.stdin]
width, height, step, cell = max(len(re.sub(r"\x1b\[[0-9;]*m", "", l)) for l in lines), len(lines), 19, 8.43
out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{int(width * cell) + 40}" height="{height * step + 40}">',
       '<rect width="100%" height="100%" rx="8" fill="#1e2127"/>',
       '<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14" xml:space="preserve">']
colour, bold = None, False
for row, line in enumerate(lines):
    column = 0
    for part in re.split(r"(\x1b\[[0-9;]*m)", line):
        m = re.fullmatch(r"\x1b\[([0-9;]*)m", part)
        if m:
            for code in [int(c or 0) for c in m.group(1).split(";")]:
                if code == 0: colour, bold = None, False
                elif code == 1: bold = True
                elif code == 22: bold = False
                elif code == 39: colour = None
                elif code in COLOURS: colour = COLOURS[code]
            continue
        if part.strip():
            lead = len(part) - len(part.lstrip())
            text = part.strip()
            out.append('<text x="%.1f" y="%d" textLength="%.1f" fill="%s"%s>%s</text>' % (
                           20 + (column + lead) * cell, 34 + row * step, len(text) * cell, colour or "#dcdfe4",
                           ' font-weight="bold"' if bold else "", html.escape(text).replace(" ", "&#160;")))
        column += len(part)
out.append("</g></svg>")
print("\n".join(out))
