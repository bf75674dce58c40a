"""Shapes of Chinese advice over the rows of opinions/advice.py."""

from __future__ import annotations

import re

SET_ASIDE = re.compile(r"[qQ][^,.:|\n?]*|(?:^|(?<=[,.:|\n]))[^,.:|\n]*S")
"""Conditions and questions: 如果买 X, 要不要买 X, 买 X 的话."""
OTHERS = re.compile(r"L[wvVcA]{0,4}X(?:aX)*|X(?:aX)*w{0,2}L")
IF_YOU = re.compile(r"(?!)")

_LIST = r"(?P<x>[Xr](?:w{0,8}aX)*)(?!w{0,6}d?o)"
_BOTH = r"(?P<x>[Xr](?:w{0,8}aX)*)"
_BEGINS = r"(?:^|(?<=[,.:|\n]))"
_ENDS = r"(?=[,.|\n]|$)"

FOR = [
    rf"(?<!X)V[wumsvcDA]{{0,6}}?{_LIST}",
    rf"m[wusm]{{0,3}}?[vc]w{{0,5}}{_LIST}",
    rf"{_BEGINS}[wudsGAD]{{0,8}}vw{{0,2}}{_LIST}[wmvlG]{{0,8}}{_ENDS}",
    rf"{_BEGINS}[wudsGAD]{{2,8}}cw{{0,2}}{_LIST}[wmvlG]{{0,5}}{_ENDS}",
    rf"[GADKVv][udlw]{{0,4}}bw{{0,3}}{_LIST}",
    rf"{_BEGINS}[wud]{{0,8}}Kw{{0,4}}b?{_LIST}",
]

FOR_AS_SAID = [
    rf"{_BOTH}[wmsubdGA]{{0,14}}K",
    rf"{_BOTH}[wmubs]{{0,8}}D",
    rf"{_BOTH}[wdubm]{{0,8}}(?:G(?=[u,.|\n]|$)|Au)",
    rf"[KGVA][uwd]{{0,8}}[:|]{{1,2}}w{{0,2}}{_BOTH}",
    r"(?P<x>[Xr])w{0,10}[:|]{1,3}w{0,6}[KVD](?![vwcu]{0,6}X)(?!w{3})",
    r"(?P<x>[Xr])[wd]{0,6}bsm?[wu]{0,3}[vVc]d",
]

AGAINST = [rf"Rw{{0,4}}d?(?P<x>X(?:w{{0,8}}aX)*)"]
AGAINST_AS_SAID = [
    r"(?<![oh])J[wvVcud]{0,8}?(?P<x>[Xr](?:w{0,8}aX)*)",
    r"(?<![ohN])n[wmu]{0,3}[vVD][wvmdu]{0,6}?(?P<x>[Xr](?:w{0,8}aX)*)",
    r"(?<![ohN])nw{0,2}(?P<x>[Xr])w{0,3}[vc]",
    r"(?:R|J)w{0,3}[:|]{1,2}w{0,2}(?P<x>X(?:aX)*)",
    r"(?P<x>[Xr])w{0,8}[:|]{1,3}w{0,2}(?:J|R" + _ENDS + ")",
    r"(?:^|(?<=\n))x:?(?P<x>X)",
]

BARE_FOR = [
    rf"{_BEGINS}[wusXrdbGA]{{0,12}}m+[wum]{{0,2}}[vV]l?{_ENDS}",
    rf"(?<=\|)w{{0,2}}[KVD]{_ENDS}",
]
BARE_AGAINST = [
    rf"(?<![ohN])J(?:[wu]{{0,4}}[vV])?[wl]{{0,3}}{_ENDS}",
    rf"(?<![ohN])n[mwu]{{0,2}}[vVD][lw]{{0,2}}{_ENDS}",
    rf"(?<![ohnN])R[lw]{{0,2}}{_ENDS}",
]
GUARD = re.compile("[nNohJ]")
