"""Shapes of English advice over the rows of opinions/advice.py: letters one of which they need, and an expression."""

from __future__ import annotations

import re

SET_ASIDE = re.compile(r"[qQ][^,.:|\n?]*")
"""Conditions and what is said of other times: if you buy X, before you pick X."""
OTHERS = re.compile(r"[LI][wpAdv]{0,3}X(?:[,a]{1,2}X)*")
"""What is compared with: rather than X, over X."""
WHOLE = re.compile(r"(?:(?:^|(?<=[.\n|:]))(?P<x>X)w{0,3}q[ur])|q[^,.\n?]*[vVC][^,.\n?]*,rm?b(?P<y>X)")
"""X if you travel; if I had to choose, it would be X: read before conditions are set aside."""

_LIST = r"(?P<x>[Xr](?:w{0,2}(?:,a?|a)w?X(?!w{0,3}[bNnmD]))*)"
_BOTH = r"(?P<x>[Xr](?:w{0,2}(?:(?:,X)*,?aw?X))?)"
_BEGINS = r"(?:^|(?<=[,.:|\na]))"
_BEHIND = r"(?:(?<=[mVDG])|(?<=m[usm])|(?<=V[usm])|(?<=[iKGCDAV]T))"
_ENDS = r"(?=[,.:|\n]|$)"
_ENDS_OR_FOR = r"(?=[,.:|\nFa]|$)"

FOR = [
    ("V", rf"(?<![Xr])V[wvupGc]{{0,3}}{_LIST}"),
    ("v", rf"(?:{_BEGINS}|{_BEHIND})v[wpGA]{{0,3}}{_LIST}"),
    ("c", rf"(?:{_BEGINS}|(?<=[m])|(?<=m[us]))c[wpGA]{{0,1}}{_LIST}"),
]
"""Verbs of advice: nothing in the clause before them may deny, or say that others do so."""

FOR_AS_SAID = [
    ("CKv", rf"{_BOTH}w{{0,5}}[mbc]{{0,2}}b[wpu]{{0,2}}(?:[GAp][GAwp]{{0,3}}|C)[CKv]"),
    ("KD", rf"{_BOTH}w{{0,5}}[bm]{{1,2}}w{{0,2}}[KD]"),
    ("G", rf"{_BOTH}w{{0,5}}bw?GF"),
    ("i", r"(?P<x>[Xr])w{0,3}bi(?:s?m?|T)w{0,2}[Vvc]"),
    ("Vv", r"(?P<x>[Xr])w{0,3}b[wpC]{1,3}?s?m[Vv]" + _ENDS),
    ("CK", rf"[GAp][GAw]{{0,3}}[CK]w{{0,3}}(?:F[^,.:|X\n]{{0,4}})?[b:|]{{1,2}}w{{0,2}}{_LIST}"),
    ("Kv", rf"(?:K[wsmg]{{0,4}}|iTv)w{{0,3}}[b:|]{{1,2}}w{{0,2}}{_LIST}"),
    ("G", rf"Gw{{0,3}}(?:F[^,.:|X\n]{{0,6}})?[b:|]{{1,3}}w{{0,2}}{_LIST}"),
    ("CDV", rf"(?:{_BEGINS}|(?<=[pu]))[CDV](?:F[^,.:|X\n]{{0,6}})?:{{1,2}}w{{0,1}}{_LIST}"),
    ("k", rf"{_BOTH}w{{0,5}}[mb]{{0,2}}w{{0,2}}k"),
    ("CK", r"(?P<x>[Xr])w{0,4}[:|]{1,3}[wA]?(?:[pGA][GAw]{0,3}[CK]|p[CK]|K)"),
    ("GDV", r"(?P<x>[Xr])w{0,4}[:|]{1,3}[wA]?(?:GF|(?:Gw?|D|V)" + _ENDS + ")"),
    ("C", r"(?P<x>[Xr])w{0,3},[pG]A?[GAw]{0,2}C"),
    ("t", r"t:(?P<x>(?:[^.\n|:X]*?Xw{0,2}[Fq][^.\n|:,X]*,?)+)"),
    ("CK", rf"{_BOTH}w{{0,3}}b?p[GAw]{{0,2}}[CK]" + _ENDS_OR_FOR),
    ("CK", rf"(?<![nN])p[GAw]{{0,2}}[CK](?:w?[bTF]{{1,2}}|[bw]{{1,2}}[wG]?:)w{{0,2}}{_LIST}"),
    ("CK", rf"(?:{_BEGINS}|(?<=[pGA]))[CK]b[GAw]{{1,2}}:w{{0,2}}{_LIST}"),
    ("N", rf"b[wAB]NT[Vv]w{{0,2}}{_LIST}"),
    ("N", r"(?P<x>X)aN(?=[F,.\n]|$)"),
    ("z", rf"z[uT]?[Vvc]w{{0,2}}{_LIST}"),
    ("e", r"n[sm]{0,2}Vv?(?P<x>[Xr])w{0,2}e"),
]

AGAINST = [
    ("R", rf"(?:{_BEGINS}|{_BEHIND}|(?<=[sT]))R[wpu]{{0,3}}{_LIST}"),
    ("g", r"(?:^|(?<=[,.:|\na])|(?<=[sm]))g(?P<x>[Xr])w{0,2}M"),
]
"""Verbs of refusal, under the same guard."""

AGAINST_AS_SAID = [
    ("n", rf"(?<![oh])(?:n[smuTp]{{0,3}}[VvD]|n[w]{{1,3}}V)[wpGvAT]{{0,4}}?{_LIST}(?!w{{0,2}}e)"),
    ("n", rf"(?:{_BEGINS}|(?<=[sm]))nc{_LIST}"),
    ("N", rf"NV[wpG]{{0,3}}{_LIST}"),
    ("nN", rf"{_BOTH}w{{0,5}}[bm]{{0,2}}[nN][wbmpGA]{{0,3}}?(?:D|[GA]w{{0,2}}[CK]|K|k)"),
    ("n", r"(?P<x>nX(?:nX)+)bw{0,2}[GAD]w{0,2}[CK]?"),
    ("R", rf"{_BOTH}w{{0,5}}[bmG]{{1,3}}w{{0,1}}R"),
    ("B", rf"{_BOTH}w{{0,5}}m?bp?w{{0,2}}B[wA]{{0,2}}[CK]"),
    ("RnN", rf"(?:R|[nN]w?[DV])w{{0,2}}:{{1,2}}w{{0,1}}{_LIST}"),
    ("RnN", r"(?P<x>[Xr])w{0,4}[:|]{1,3}w?(?:[nN]w?[DV]|R" + _ENDS + "|Rr)"),
    ("nN", r"(?P<x>[Xr])w{0,4}:+n(?=[,.\n]|$)"),
    ("nN", rf"(?:^|(?<=[.\n]))i?[nN][^,.:|?X\n]{{0,8}}:{_LIST}"),
    ("n", r"[Vv]w{0,2}(?P<x>X)[^.:|?X\n]{0,6},s?n(?=[,.:\n]|$)"),
    ("x", r"(?:^|(?<=\n))x:?(?P<x>X)"),
]

BARE_FOR = [
    ("GDCKVv", r"(?:(?<=\|)|(?<=:)):?w?(?:GC|D|pC|K|[Vv]r)(?=[|.\n]|$)"),
    ("D", r"^w?D" + _ENDS),
]
BARE_AGAINST = [
    ("R", r"(?<=[|:,.smVuT])w?R" + _ENDS),
    ("n", r"(?<=[|:,.s])n[sm]{0,2}V" + _ENDS),
    ("nN", r"(?<=[|:,.])[nN]D" + _ENDS),
]
"""Said of what was named last."""
GUARD = re.compile("[nNh]|o(?!w{0,2}m)")
