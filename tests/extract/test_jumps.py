"""Jump links: those that carry their target, those whose page says it, and what must not be taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_tracker.extract.commerce.jumps import is_jump, onward
from geo_tracker.extract.urls import canonical, same_page, unwrapped

CARRIED = [
    ("https://www.bing.com/ck/a?!&&p=0a1&ptn=3&u=a1aHR0cHM6Ly9leGFtcGxlLmNvbS9hP2I9MQ&ntb=1", "https://example.com/a?b=1"),
    ("https://www.google.com/url?sa=t&url=https%3A%2F%2Fexample.com%2Fa%3Fb%3D1&ved=2", "https://example.com/a?b=1"),
    ("https://www.google.co.uk/url?q=https://example.com/a&sa=U", "https://example.com/a"),
    ("https://link.zhihu.com/?target=https%3A//item.jd.com/100012.html", "https://item.jd.com/100012.html"),
    ("https://so.toutiao.com/search/jump?aid=1&url=https%3A%2F%2Fexample.com%2F%E9%9D%A2", "https://example.com/%E9%9D%A2"),
    ("https://weixin110.qq.com/cgi-bin/jump?main_type=2&url=https%3A%2F%2Fexample.com%2Fa", "https://example.com/a"),
    ("https://r.search.yahoo.com/_ylt=A0/RV=2/RO=10/RU=https%3a%2f%2fexample.com%2fa/RK=2/RS=x", "https://example.com/a"),
    ("https://duckduckgo.com/l/?uddg=https%3A%2F%2Fexample.com%2Fa&rut=1", "https://example.com/a"),
    ("https://link.zhihu.com/?target=https%3A%2F%2Fwww.google.com%2Furl%3Fq%3Dhttps%253A%252F%252Fexample.com%252Fa",
     "https://example.com/a"),
]  # fmt: skip


@pytest.mark.parametrize(("url", "target"), CARRIED)
def test_a_link_that_carries_its_target_is_its_target(url: str, target: str) -> None:
    assert canonical(url) == target
    assert is_jump(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://link.zhihu.com/?target=javascript%3Aalert(1)",
        "https://www.bing.com/ck/a?u=a1%%%",
        "https://www.bing.com/ck/a?u=a1bm90IGFuIGFkZHJlc3M",
        "https://www.bing.com/search?q=https%3A%2F%2Fexample.com",
        "https://example.com/url?q=https%3A%2F%2Fevil.example",
        "https://link.zhihu.com.evil.example/?target=https%3A%2F%2Fexample.com",
        "https://www.google.com/url?q=mask",
    ],
)
def test_what_carries_no_address_is_left(url: str) -> None:
    assert unwrapped(url) == url


@given(st.text())
def test_no_text_breaks_the_unwrapping(text: str) -> None:
    for url in (text, f"https://link.zhihu.com/?target={text}", f"https://www.bing.com/ck/a?u=a1{text}"):
        once = canonical(url)
        assert canonical(once) == once
        is_jump(url)


PACKED = (
    "eval(function(p,a,c,k,e,d){return p}('1 0=\\'2://3.4.5/6.7\\';',10,8,"
    "'smzdmhref|var|https|item|jd|com|100|html'.split('|'),0,{}))"
)
LED = [
    ("https://www.baidu.com/link?url=x",
     '<script>window.location.replace("https:\\/\\/a.com\\/b?c=1\\u0026d=2")</script>',
     "https://a.com/b?c=1&d=2"),
    ("https://www.sogou.com/link?url=x",
     "<noscript><META http-equiv=\"refresh\" content=\"0;URL='https://a.com/b?c=1&amp;d=2'\"></noscript>",
     "https://a.com/b?c=1&d=2"),
    ("https://go.smzdm.com/abc/ca_aa_yh_1_2_3", f"<script>{PACKED}</script>", "https://item.jd.com/100.html"),
    ("https://u.jd.com/abc", "<script>var hrl='https://u.jd.com/jda?e=1&to=x'; </script>", "https://u.jd.com/jda?e=1&to=x"),
    ("https://m.tb.cn/h.abc", "<script>var url = 'https://item.taobao.com/item.htm?id=7';</script>",
     "https://item.taobao.com/item.htm?id=7"),
    ("https://example.com/a", '<meta http-equiv="refresh" content="3; url=/b">', "https://example.com/b"),
    ("https://example.com/a", '<meta http-equiv="refresh" content="300; url=/b">', None),
    ("https://example.com/a", '<noscript><meta http-equiv="refresh" content="0; url=/nojs"></noscript>', None),
    ("https://example.com/a", '<script>location.href = "https://b.com/"</script>', None),
    ("https://www.baidu.com/link?url=x", "<p>安全验证</p>", None),
]  # fmt: skip


@pytest.mark.parametrize(("url", "source", "target"), LED)
def test_where_a_page_sends_its_reader(url: str, source: str, target: str | None) -> None:
    assert onward(source, url, 10) == target


@given(st.text(alphabet=st.sampled_from("'\\|,}()0123456789abz.split('|')eval<>\"=/:")))
def test_no_markup_breaks_the_search_for_a_jump(source: str) -> None:
    onward(source + PACKED + source, "https://go.smzdm.com/x", 10)


@pytest.mark.parametrize(
    ("address", "claimed", "row"),
    [
        ("https://m.site.com/a", "https://www.site.com/a", "https://www.site.com/a"),
        ("https://site.com/a", None, "https://site.com/a"),
        ("https://site.com/a", "http://site.com/a", "https://site.com/a"),
        ("https://site.com/a", "https://site.com/", "https://site.com/a"),
        ("https://www.site.com/", "https://site.com/", "https://site.com/"),
        ("https://site.com/a", "not an address", "https://site.com/a"),
    ],
)
def test_which_claims_of_a_page_are_believed(address: str, claimed: str | None, row: str) -> None:
    assert same_page(address, claimed) == row
