"""Texts that try to run in a page or a picture, and what would run in one."""

from __future__ import annotations

from lxml import etree, html

SCRIPTS = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</title></style></textarea><script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<<script>alert(1);//<</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img/src=x/onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<math><mi xlink:href='javascript:alert(1)'>x</mi></math>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=javascript:alert(1)></object>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<form action=javascript:alert(1)><button>x</button></form>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<style>@import 'javascript:alert(1)'</style>",
    "<link rel=stylesheet href=javascript:alert(1)>",
    '"><script>alert(1)</script>',
    "' onmouseover='alert(1)",
    '" autofocus onfocus="alert(1)',
    "`${alert(1)}`{{constructor.constructor('alert(1)')()}}",
    "[x](javascript:alert(1))",
    "![x](javascript:alert(1))",
    '<https://evil.example/"onmouseover=alert(1)>',
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "]]><script>alert(1)</script><![CDATA[",
    "<!--><script>alert(1)</script>-->",
    "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]><x>&y;</x>",
)
"""The known ways, as collections of them list them."""

RUNNING = ("script", "iframe", "object", "embed", "frame", "form", "meta", "link", "base", "style")


def running(markup: str, *, picture: bool = False) -> list[str]:
    """What of a page, or of an SVG picture, would run or load something: elements, attributes, addresses.

    Raises where a picture is no well-formed XML, as a browser refuses it.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    tree = etree.fromstring(markup.encode(), parser) if picture else html.document_fromstring(markup)
    found = []
    for element in tree.iter(etree.Element):
        name = etree.QName(element).localname.lower()
        if name in RUNNING:
            found.append(f"<{name}> {(element.text or '').strip()[:40]}")
        for attribute, value in element.attrib.items():
            key = etree.QName(attribute).localname.lower()
            address = "".join(value.split()).lower()
            if key.startswith("on") or address.startswith(("javascript:", "vbscript:", "data:text/html")):
                found.append(f"{name}.{key}={value[:40]}")
    return found
