"""Statements that nothing is known of a brand, and statements that only resemble them."""

from __future__ import annotations

import pytest

from geo_tracker.extract.brands.mentions import Matcher
from geo_tracker.extract.records import BrandSpec
from geo_tracker.extract.text.sentences import read

MATCHER = Matcher([BrandSpec("Quillara"), BrandSpec("云栖壶")])


def absent(text: str) -> bool:
    findings = MATCHER.read(read(text))
    assert not (findings.absent and findings.mentions)
    return bool(findings.absent)


@pytest.mark.parametrize(
    "text",
    [
        "I couldn't find any information about Quillara.",
        "My search for Quillara returned no relevant results.",
        "No reviews of Quillara exist on G2.",
        "There doesn't appear to be any well-known software named Quillara.",
        "I couldn't locate any product from Quillara.",
        "Quillara may be new, but I have no knowledge of it.",
        "目前无法核实云栖壶的真实性，慎重下单。",
        "云栖壶我没听过，能否提供更多线索？",
        "没有查到“云栖壶”这个租车平台的相关信息。",
        "目前没有公开资料显示存在“云栖壶”这一品牌。",
        "I could not find anything on Quillara in my search.",
        "There is no reliable information available about Quillara.",
        "I'm not familiar with Quillara, so I can't compare it.",
        "I am not aware of a brand called Quillara.",
        "Quillara does not appear to exist.",
        "I don't have any specific information about Quillara.",
        "No results were found for Quillara.",
        "I have no record of Quillara.",
        "Quillara isn't a brand I recognize.",
        "I was unable to verify Quillara as a real company.",
        'As for "Quillara", I couldn\'t find any information about it.',
        "Quillara could not be verified.",
        "I've never heard of Quillara.",
        'There\'s no brand called "Quillara" that I know of.',
        "未找到关于云栖壶的信息。",
        "没有关于云栖壶的信息。",
        "没有找到云栖壶的相关信息。",
        "我无法确认“云栖壶”这个产品。",
        "关于云栖壶，目前公开资料中无法确认其存在对应的具体知名应用产品",
        "云栖壶：不确定（无法核验）。",
        "“云栖壶”这个说法并不是一个标准的家电术语或广泛公认的产品名称。",
        "我对“云栖壶”这一应用/工具没有可靠的了解，无法确认它是否真实存在",
        "在现有的检索材料中，未找到任何关于“云栖壶”的信息。",
        "经过全网检索，找不到名为“云栖壶”的任何官方或可信公开来源、名称及可访问链接",
        "“云栖壶”这个说法在目前的正规医疗体系中**并不存在**",
        "我不太确定“云栖壶”和“鲜钟记”具体指什么产品或者品牌。",
        "我没有听说过云栖壶。",
        "目前没有云栖壶这个品牌的可靠资料。",
        "抱歉，我不了解云栖壶这个品牌。",
        "查不到云栖壶的任何公开资料。",
        "云栖壶目前查无公开信息。",
        "暂无云栖壶相关信息。",
        "我没有查到云栖壶这家公司。",
        "很抱歉，我没有云栖壶的相关数据。",
        "无法确认云栖壶是否存在。",
        "I found no information regarding Quillara.",
        "Unfortunately, I don't have information on Quillara.",
        "My search returned no results for Quillara.",
        "Quillara doesn't seem to be a known brand.",
        "Information about Quillara is not available.",
        "没有检索到与云栖壶相关的内容。",
        "未能检索到云栖壶的官方信息。",
        "我的知识库中没有云栖壶的记录。",
        "并没有一个叫云栖壶的品牌。",
        "市面上似乎没有叫“云栖壶”的产品。",
    ],
)
def test_nothing_is_known(text: str) -> None:
    assert absent(text)


@pytest.mark.parametrize(
    "text",
    [
        "I couldn't find the price of Quillara.",
        "I couldn't find any information about Quillara's pricing.",
        "Quillara has no free plan.",
        "There is no better tool than Quillara.",
        "You can't go wrong with Quillara.",
        "I couldn't find a better CRM than Quillara.",
        "Quillara does not have an Android app.",
        "Quillara is not the cheapest brand.",
        "Don't choose Quillara if you need support.",
        "Quillara is not known for its battery life.",
        "I don't recommend Quillara.",
        "没有找到比云栖壶更好的面膜。",
        "云栖壶没有酒精。",
        "云栖壶的官网没有公布价格。",
        "无法确认云栖壶的具体价格。",
        "未找到云栖壶的最新售价。",
        "云栖壶不是最便宜的品牌。",
        "没有云栖壶好用。",
        "不确定云栖壶是否适合敏感肌。",
        "不推荐云栖壶。",
        "云栖壶没有添加香精，适合敏感肌。",
        "我没有找到云栖壶的优惠信息。",
        "无法确认“云栖壶 Dreame X50 Ultra”这一具体型号的存在",
        "有了云栖壶，没有找不到的文件。",
        "云栖壶不存在这个问题。",
        "使用云栖壶前，不了解成分的用户可以先查询。",
        "云栖壶无法确认收货。",
        "如果不了解云栖壶，可以先看看评测。",
        "不知道云栖壶怎么样？",
        "不知道云栖壶好不好用",
        "If you don't know Quillara, here is a summary.",
        "I can't see Quillara losing its lead.",
        "There is no evidence that Quillara sells data.",
        "No data is shared by Quillara with third parties.",
    ],
)
def test_something_is_said(text: str) -> None:
    assert not absent(text)
