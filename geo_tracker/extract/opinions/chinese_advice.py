"""Shapes of Chinese advice over the rows of opinions/advice.py."""

from __future__ import annotations

import re

SET_ASIDE = re.compile(r"j|[qQ][^,.:|\n?]*|(?:^|(?<=[,.:|\n]))[^,.:|\n]*S")
"""Conditions and questions: 如果买 X, 要不要买 X, 买 X 的话."""
OTHERS = re.compile(r"[LI][wvVcA]{0,4}X(?:aX)*|(?:X|^|(?<=[,.]))aXw{0,2}L")
WHOLE = re.compile(r"t[^.|\n?]{0,30}?(?P<x>X)[^X.:|\n?nNJ]{0,14}?jw")
"""In short, X is the more practical: read before conditions are set aside."""

_LIST = r"(?P<x>[Xr](?:[wd]{0,8}aX)*)(?!w{0,6}d?o)"
_BOTH = r"(?P<x>[Xr](?:[wd]{0,8}aX)*)"
_BEGINS = r"(?:^|(?<=[,.:|\n]))"
_ENDS = r"(?=[,.|\n]|$)"

FOR = [
    ("V", rf"(?<!X)V[wumHsvcDAP]{{0,6}}?{_LIST}"),
    ("P", rf"P[wumHsb]{{0,6}}?[vcV][wv]{{0,4}}{_LIST}"),
    ("mH", rf"[mH][wusmHd]{{0,8}}?[vc]w{{0,5}}{_LIST}"),
    ("v", rf"{_BEGINS}[wudsGAD]{{0,8}}vw{{0,2}}{_LIST}[wmHvlG]{{0,8}}{_ENDS}"),
    ("c", rf"{_BEGINS}[wudsGAD]{{1,8}}cw{{0,2}}{_LIST}[wmHvlG]{{0,5}}{_ENDS}"),
    ("H", rf"{_BEGINS}[^X,.:|\n?nNLIqhoj]{{0,10}}H(?P<x>X(?:aX)*)[mHl]?{_ENDS}"),
    ("b", rf"(?:sdP|[ADVv][udlw]{{0,4}}|[GK][^,.:|\n?X]{{0,14}})bw{{0,3}}{_LIST}"),
    ("K", rf"{_BEGINS}[wud]{{0,8}}Kw{{0,4}}b?{_LIST}"),
]

FOR_AS_SAID = [
    ("K", rf"{_BOTH}[wmHsubdGA]{{0,14}}K"),
    ("k", rf"{_BOTH}[wmHud]{{0,4}}k(?=[,.|\n]|$)"),
    ("D", rf"{_BOTH}[wmHubs]{{0,8}}D"),
    ("GA", rf"{_BOTH}[wdubmH]{{0,8}}(?:G(?=[uvV,.|\n]|$)|Au)"),
    ("KGVAP", rf"[KGVAP][uwd]{{0,5}}[:|]{{1,2}}w{{0,2}}{_BOTH}"),
    ("KVD", r"(?P<x>[Xr])w{0,10}[:|]{1,3}w{0,6}[KVD](?![vwcu]{0,6}X)(?!w{3})"),
    ("s", r"(?P<x>[Xr])[wd]{0,6}bs[mH]?[wu]{0,3}[vVc]d"),
]

AGAINST = [
    ("Rf", r"[Rf]w{0,4}d?(?P<x>X(?:[wd]{0,8}aX)*)"),
]
AGAINST_AS_SAID = [
    ("J", r"(?<![oh])J[wvVcud]{0,8}?(?P<x>[Xr](?:[wd]{0,8}aX)*)"),
    ("n", r"(?<![ohN])n[wmHul]{0,6}?[vVDc][wvmHdu]{0,6}?(?P<x>[Xr](?:[wd]{0,8}aX)*)"),
    ("n", r"(?<![ohN])nw{0,2}(?P<x>[Xr])w{0,3}[vc]"),
    ("RJf", r"[RJf]w{0,3}[:|]{1,2}w{0,2}(?P<x>X(?:aX)*)"),
    ("RJ", r"(?P<x>[Xr])w{0,8}[:|]{1,3}w{0,2}(?:J|R" + _ENDS + ")"),
    ("n", r"(?:^|(?<=[.\n]))w{0,3}n[^,.:|?X\n]{0,6}d:(?P<x>X(?:aX)*)"),
    ("n", rf"(?P<x>X)[wmH]{{0,6}}n[wr]{{1,4}}l?{_ENDS}"),
    ("N", r"Nv(?P<x>X)[mH]N"),
    ("x", r"(?:^|(?<=\n))x:?(?P<x>X)"),
]

BARE_FOR = [
    ("vk", r"(?<=[,:|])[mH]{0,2}[vk](?=[,.\n|]|$)"),
    ("V", rf"(?:^w{{0,2}}V(?=[,.\n]|$)|{_BEGINS}w{{0,2}}V(?=[.\n]|$))"),
    ("V", rf"{_BEGINS}V[umHw]{{0,2}}v{_ENDS}"),
    ("mH", rf"{_BEGINS}[wusXrdbGA]{{0,12}}[mH]+[wumH]{{0,2}}[vV]l?{_ENDS}"),
    ("KVD", rf"(?<=\|):*w{{0,2}}[KVD]{_ENDS}"),
]
BARE_AGAINST = [
    ("J", rf"(?<![ohN])J(?:[wu]{{0,4}}[vV])?[wl]{{0,3}}{_ENDS}"),
    ("n", rf"(?<![ohN])n[mHwu]{{0,2}}[vVDc][lw]{{0,2}}{_ENDS}"),
    ("R", rf"(?<![ohnN])R[lw]{{0,2}}{_ENDS}"),
    ("f", rf"[PVu][wmH]{{0,2}}f[lw]{{0,2}}{_ENDS}"),
]
GUARD = re.compile("[nNohJ]")
