"""Addresses: one form per page, registrable domains, and what may be crawled."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from geo_tracker.extract.urls import canonical, domain, is_public_http, owned_by, same_page

TWINS = [
    ("https://Shop.Example.com:443/a?utm_source=openai&b=1#top", "https://shop.example.com/a?b=1"),
    ("http://example.com:80", "http://example.com/"),
    ("https://example.com:8443/a", "https://example.com:8443/a"),
    ("https://example.com/a#:~:text=gentle%20mask", "https://example.com/a"),
    ("https://example.com/a?", "https://example.com/a"),
    ("https://example.com/a?b=1&&utm_medium=x&", "https://example.com/a?b=1"),
    ("https://example.com/a?ampere=5", "https://example.com/a?ampere=5"),
    ("https://example.com./a", "https://example.com/a"),
    (
        "https://例子.中国/面膜?品牌=薇诺娜",
        "https://xn--fsqu00a.xn--fiqs8s/%E9%9D%A2%E8%86%9C?%E5%93%81%E7%89%8C=%E8%96%87%E8%AF%BA%E5%A8%9C",
    ),
    ("https://zh.wikipedia.org/wiki/%e9%9d%a2%e8%86%9c", "https://zh.wikipedia.org/wiki/%E9%9D%A2%E8%86%9C"),
    ("https://en.m.wikipedia.org/wiki/CRM", "https://en.wikipedia.org/wiki/CRM"),
    ("https://m.smzdm.com/p/123/", "https://www.smzdm.com/p/123/"),
    ("https://youtu.be/dQw4w9WgXcQ?si=abc", "https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
    (
        "https://m.youtube.com/watch?app=desktop&v=dQw4w9WgXcQ&t=3s",
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
    ),
    ("https://old.reddit.com/r/CRM/comments/1/x/?share_id=9", "https://www.reddit.com/r/CRM/comments/1/x/"),
    ("https://www.google.com/amp/s/news.example.com/a/amp/", "https://news.example.com/a/"),
    (
        "https://news-example-com.cdn.ampproject.org/c/s/news.example.com/a.amp.html",
        "https://news.example.com/a.html",
    ),
    ("https://news.example.com/story?amp=1", "https://news.example.com/story"),
    (
        "https://mp.weixin.qq.com/s?mid=2&__biz=MzA=&idx=1&sn=ab&chksm=8&scene=21#wechat_redirect",
        "https://mp.weixin.qq.com/s?__biz=MzA=&mid=2&idx=1&sn=ab",
    ),
    ("https://mp.weixin.qq.com/s/AbC-1_x?scene=1", "https://mp.weixin.qq.com/s/AbC-1_x?scene=1"),
    ("https://baijiahao.baidu.com/s?id=17&wfr=spider&for=pc", "https://baijiahao.baidu.com/s?id=17"),
    ("https://m.toutiao.com/i7123456789012/", "https://www.toutiao.com/article/7123456789012/"),
    ("https://example.com/a;jsessionid=1F2?x=1", "https://example.com/a?x=1"),
    ("  https://example.com/a b\n", "https://example.com/a%20b"),
]
NOT_TWINS = [
    "https://example.com/amp",
    "https://example.com/A",
    "https://example.com/?id=2&id=1",
    "http://example.com/camp",
]
NO_ADDRESS = [
    "",
    "turn0search1",
    "javascript:alert(1)",
    "ftp://example.com/",
    "https://",
    "https:///a",
    "//example.com/a",
    "https://exa mple.com/",
    "https://[::1",
    "https://a..b/",
    "https://x.com:99999/",
    "mailto:a@b.c",
    "https://" + "a" * 9000,
]


@pytest.mark.parametrize(("url", "wanted"), TWINS)
def test_twins_have_one_form(url: str, wanted: str) -> None:
    assert canonical(url) == wanted


@pytest.mark.parametrize("url", NOT_TWINS)
def test_what_tells_pages_apart_stays(url: str) -> None:
    assert canonical(url) == url


def test_an_address_without_the_names_that_tell_its_pages_apart_keeps_its_others() -> None:
    odd = "https://www.youtube.com/watch?list=PL1&utm_source=x"
    assert canonical(odd) == "https://www.youtube.com/watch?list=PL1"
    assert canonical(f"{odd}&v=abc") == "https://www.youtube.com/watch?v=abc"


@pytest.mark.parametrize("text", NO_ADDRESS)
def test_what_is_no_address_is_left_alone(text: str) -> None:
    assert canonical(text) == text
    assert domain(text) is None
    assert not is_public_http(text)
    assert not owned_by(text, ["example.com"])


_hosts = st.sampled_from(
    ["example.com", "m.smzdm.com", "youtu.be", "www.google.com", "x.cdn.ampproject.org", "例子.中国", "[::1]"]
)
_parts = st.lists(
    st.sampled_from(
        ["amp", "s", "c", "dQw4w9WgXcQ", "a.amp.html", "i7123456789012", "%e9", "面", "example.com"]
    ),
    max_size=6,
)
_urls = st.builds(
    lambda host, parts, tail: f"https://{host}/" + "/".join(parts) + tail,
    _hosts,
    _parts,
    st.text(max_size=20),
)


@given(_urls | st.text(max_size=60).map("https://".__add__) | st.text())
@example("https://www.google.com/amp/a.amp.html\x1b")
def test_canonical_is_idempotent_and_keeps_the_site_readable(url: str) -> None:
    once = canonical(url)
    assert canonical(once) == once
    assert (domain(url) is None) == (domain(once) is None)


@given(st.text() | st.text().map("http://".__add__))
def test_no_text_raises(text: str) -> None:
    assert is_public_http(text) in (True, False)
    assert owned_by(text, [text]) in (True, False)


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("https://blog.hubspot.com/x", "hubspot.com"),
        ("https://www.bbc.co.uk/", "bbc.co.uk"),
        ("http://finance.sina.com.cn/a", "sina.com.cn"),
        ("https://8.8.8.8/", "8.8.8.8"),
        ("https://面膜.网店", "xn--m80aw95b.xn--hxt814e"),
    ],
)
def test_registrable_domain(url: str, wanted: str) -> None:
    assert domain(url) == wanted


def test_ownership_is_by_whole_labels() -> None:
    assert owned_by("https://Blog.HubSpot.com/a", ["hubspot.com"])
    assert owned_by("https://yunsha.tmall.com/", ["yunsha.tmall.com"])
    assert not owned_by("https://nothubspot.com/", ["hubspot.com"])
    assert not owned_by("https://hubspot.com.evil.example/", ["hubspot.com"])
    assert not owned_by("https://hubspot.com/", ["", "."])


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/",
        "http://8.8.8.8/a",
        "https://[2606:4700::1111]/",
        "https://例子.中国/",
        "http://example.com:8080/",
    ],
)
def test_public_addresses(url: str) -> None:
    assert is_public_http(url)


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "LOCALHOST.", "printer", "nas.local", "db.internal", "x.localhost", "router.lan", "a.corp",
        "127.0.0.1", "127.1", "0x7f.1", "0x7f000001", "2130706433", "017700000001", "0", "0.0.0.0", "127。0。0。1",
        "１２７.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1",
        "255.255.255.255", "192.0.2.1", "198.18.0.1", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
        "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]", "[fe80::1]", "[fe80::1%25eth0]",
        "[fd00::1]",
        "[ff02::1]", "[2001:db8::1]", "user@example.com", "user:pw@example.com", "example.com@127.0.0.1",
        "example.com\\@127.0.0.1", "%31%32%37.0.0.1", "1.2.3.4.5", "example.com:0", "a_b\x00.com",
    ],
)  # fmt: skip
def test_private_odd_and_credential_addresses_are_refused(host: str) -> None:
    assert not is_public_http(f"http://{host}/")


@pytest.mark.parametrize(
    ("address", "claimed", "page"),
    [
        ("https://a.example/x?from=1", "https://a.example/x", "https://a.example/x"),
        ("https://a.example/x", "https://a.example/", "https://a.example/x"),
        ("https://a.example/?p=5", "https://a.example/", "https://a.example/?p=5"),
        ("https://a.example/", "https://b.example/", "https://b.example/"),
        ("https://a.example/x", "http://a.example/x", "https://a.example/x"),
        ("https://a.example/x", "nonsense", "https://a.example/x"),
        ("https://a.example/x", None, "https://a.example/x"),
    ],
)
def test_a_page_may_name_another_address_of_itself_and_no_home_page(
    address: str, claimed: str | None, page: str
) -> None:
    assert same_page(address, claimed) == page
