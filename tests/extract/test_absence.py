"""Statements that nothing is known of a brand, and statements that only resemble them."""

from __future__ import annotations

import pytest

from geo_tracker.extract.brands.mentions import Matcher
from geo_tracker.extract.records import BrandSpec
from geo_tracker.extract.text.sentences import read
from tests.quality.absence_grammar import HALVES, is_counted, items

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


def named(text: str) -> str:
    """The sentence about a brand of its language."""
    return text.replace("X", "云栖壶" if any("\u4e00" <= c <= "\u9fff" for c in text) else "Quillara")


@pytest.mark.parametrize(
    "text",
    [
        "I searched, but X turned up nowhere.",
        "My sources are silent on X.",
        "X 查无此品牌。",
        "搜了一圈没看到 X 的评测。",
        "| Tool | Price |\n|---|---|\n| Slack | $7 |\n| X | no data |",
        "Perhaps you mean Y; X is unknown to me.",
        "X draws a blank in everything I can search.",
        "X is a name I have never come across.",
        "Neither the web nor my training data knows X.",
        "Whatever X is, it isn't in my sources.",
        "X rings no bell.",
        "I have zero information about X.",
        "None of the pages I read mention X.",
        "There's nothing out there about X.",
        "X? Never heard of it.",
        "Sorry, I don't know X.",
        "I can't say anything about X because I have no data on it.",
        "X isn't listed anywhere I looked.",
        "No trace of X could be found.",
        "I looked for X and found nothing.",
        "X: no information available.",
        "X – could not be verified.",
        "I could not confirm that X exists.",
        "I cannot verify whether X is a real brand.",
        "X seems to be a fictional brand.",
        "X may be a misspelling.",
        "As for X, I've got nothing on file.",
        "I'm drawing a blank on X.",
        "Details about X are nowhere to be found.",
        "It looks like X does not exist.",
        "X has left no trace online that I can find.",
        "The search engine gave me no hits for X.",
        "X is not a company I know.",
        "Google knows nothing of X, and neither do I.",
        "I don't recognise the name X.",
        "我没听过X。",
        "X是哪家的？我完全没有印象。",
        "对X一无所知。",
        "X在我的资料里没有任何记录。",
        "翻遍了检索结果，也没有X的影子。",
        "没人提过X。",
        "X这个名字我查不到。",
        "未收录X。",
        "网上几乎没有X的消息。",
        "目前检索不到任何提及X的页面。",
        "恕我孤陋寡闻，没有听说过X。",
        "X：暂无数据",
        "X：查无信息",
        "X不在我的知识范围内。",
        "我没有关于X的任何信息。",
        "很遗憾，关于X我一无所知。",
        "没有证据表明X真实存在。",
        "X可能是虚构的品牌。",
        "我无法核实X这家公司是否存在。",
        "X查不到官网，也没有评价。",
        "搜索X，结果为零。",
        "没查到有X这个品牌。",
        "各大平台都没有X的店铺。",
        "X的资料我这里是空白。",
        "我不认识X。",
        "There's a chance X is new, but nothing in the results points to it.",
        "It's unclear whether X is sold here; I've seen no evidence of it.",
        "A search for X brings up zero relevant pages.",
        "My lookup gave back an empty page for X.",
        "Queries return unrelated results for X.",
        "X isn't in my knowledge base.",
        "It would be wrong of me to describe X without having any facts on it.",
        "I'd need a link to say anything about X, because I couldn't find it.",
        "Who makes X, I could not work that out.",
        "X？知识库里没有这一项。",
        "市面上似乎没有X这个牌子。",
        "没有人提到过X。",
        "X太小众了，我没有任何可引用的来源。",
        "尚未发现X的官方网站或第三方测评。",
    ],
)
def test_nothing_is_known_of_x(text: str) -> None:
    assert absent(named(text))


@pytest.mark.parametrize(
    "text",
    [
        "I found no complaints about X.",
        "X has no free plan.",
        "Nothing beats X.",
        "I have no information on X's price.",
        "There is no brand I trust more than X.",
        "I know no better tool than X.",
        "X found no buyers in Europe.",
        "X did not mention any sources in its report.",
        "X does not list its ingredients.",
        "Few people know X, but it is excellent.",
        "I found no recalls for X.",
        "No tests have found lead in X.",
        "Nothing in this price range matches X.",
        "I haven't tried X, but reviewers praise its filter.",
        "X is unknown outside China, yet it sells millions.",
        "X never fails to find a signal.",
        "I can't find fault with X.",
        "X finds no matches when offline.",
        "No review of X mentions leaks.",
        "I found no evidence that X leaks.",
        "X is silent at night.",
        "Don't look for X at Walmart; it sells only online.",
        "I couldn't find X's warranty terms.",
        "X knows no rival.",
        "You won't find a quieter fan than X.",
        "X has no known issues.",
        "If you haven't heard of X, it makes kettles.",
        "X doesn't show up in search unless you pay.",
        "There's no doubt X is the best.",
        "X is not registered as a medical device.",
        "I've seen nothing like X.",
        "No tests have found lead in X.",
        "Unlike X, Slack has no history limit.",
        "没有人比X更懂咖啡。",
        "X没有漏水记录。",
        "没听说X出过质量问题。",
        "X的评测里没有提到噪音。",
        "不了解X的人会觉得贵。",
        "X没有官网价以外的优惠。",
        "没发现X有什么缺点。",
        "X无法识别指纹。",
        "查不到X的出厂日期。",
        "X不提供数据导出。",
        "X没有广告。",
        "没看到X降价。",
        "X未公布销量数据。",
        "我没用过X，不过朋友说很好。",
        "X在国内不太知名，但质量很好。",
        "X的保修信息没有找到，但做工很好。",
        "没有X就没有今天的快充。",
        "X不是找不到货，而是卖得太快。",
        "未见X有召回。",
        "X和小米都没有说明产地。",
    ],
)
def test_something_is_said_of_x(text: str) -> None:
    assert not absent(named(text))


# A grammar of such statements: what is denied, how the name stands in it, and what may stand around.

DENIALS = (
    *(
        f"{who} {verb} X"
        for who in ("I can't", "We were not able to", "My search failed to")
        for verb in ("locate", "identify", "verify")
    ),
    *(
        f"{there} {what} {of} X"
        for there in ("There is no", "I have no", "I came across no")
        for what in ("information", "public record", "reliable source")
        for of in ("about", "on", "mentioning")
    ),
    *(
        f"X {verb} in {where}"
        for verb in ("doesn't appear", "is not mentioned", "never shows up")
        for where in ("my sources", "any listing", "the results")
    ),
    *(
        f"{who}{neg}{verb}X"
        for who in ("我", "目前")
        for neg in ("没有", "未能")
        for verb in ("查到", "找到关于", "检索到任何提及")
    ),
    *(
        f"X{link}{denial}"
        for link in ("这个牌子", "我", "目前")
        for denial in ("查不到", "没有任何记录", "没有听说过")
    ),
)
LACKS = (
    *(
        f"I found no {what} {of} X"
        for what in ("discount", "complaint", "better rival", "lawsuit")
        for of in ("about", "to", "from")
    ),
    *(
        f"There is no information on {what} X"
        for what in ("how to clean", "the warranty of", "where to rent")
    ),
    *(
        f"X {verb} {what}"
        for verb in ("has no", "doesn't need a", "comes without a")
        for what in ("subscription", "filter", "headphone jack")
    ),
    *(f"没有找到X的{what}" for what in ("优惠券", "维修点", "保质期", "退货政策")),
    *(f"X{denial}{what}" for denial in ("没有", "不含", "从不") for what in ("酒精", "异味", "涨价")),
)
AROUND = ("{}.", "Unfortunately, {}.", "{}, so I can't go further.", "{}")
AROUND_ZH = ("{}。", "很抱歉，{}。", "{}，所以没法评价。", "{}")


@pytest.mark.parametrize(
    ("statement", "wanted"), [*((s, True) for s in DENIALS), *((s, False) for s in LACKS)]
)
def test_the_grammar_of_denials(statement: str, wanted: bool) -> None:
    around = AROUND_ZH if any("\u4e00" <= c <= "\u9fff" for c in statement) else AROUND
    assert [absent(named(form.format(statement))) for form in around] == [wanted] * len(around)


def test_what_is_said_elsewhere_weighs_more_than_a_lack_of_reviews() -> None:
    assert not absent("Quillara makes a light kettle. I couldn't find any reviews of it.")
    assert absent("You asked about Quillara. I couldn't find any reviews of it.")
    assert absent("### Quillara\n\nNo information was found.")
    assert not absent("### Quillara\n\nA light kettle of 600 g.\n\nI have no information about the price.")


@pytest.mark.parametrize(("language", "least"), [("en", 0.9), ("zh", 0.9)])
def test_sentences_of_a_grammar_that_is_not_the_rules_own(language: str, least: float) -> None:
    """Both halves; what is lost of the counter-examples is at most 2 in 100."""
    found = [item for half in HALVES for item in items(language, half, seed=11, each=1)]
    for counted, floor in ((False, least), (True, 0.98)):
        right = [is_counted(item) is counted for item in found if item.counted is counted]
        assert sum(right) >= floor * len(right)
