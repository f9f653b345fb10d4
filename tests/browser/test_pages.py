"""The public pages in a real Chromium, without JavaScript: what they say, and that everyone can read it."""

from __future__ import annotations

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

PAGES = ["/", "/?feed=food&sampling_type=supervision", "/?feed=construction", "/warnings", "/warnings/W2026-TEST000025",
         "/docs", "/lookup", "/lookup?q=豇豆",
         "/lookup?q=电热毯", "/recalls", "/recalls?q=没有这种东西"]  # fmt: skip
RATES = "/v1/results?feed=food&sampling_type=evaluation&quarter=2026Q2&by=prefecture"


def _rows(page: Page) -> list[list[str]]:
    rows = page.locator("table.figures tbody tr").all()
    return [[cell.inner_text().strip() for cell in row.locator("th, td").all()] for row in rows]


def test_the_front_page_leads_with_the_newest_warnings(page: Page) -> None:
    page.goto("/")
    expect(page.locator("article .headline").first).to_have_text("某品牌电热毯有触电危险")
    card = page.locator("article").first
    expect(card).to_contain_text("张*经营部")
    expect(card).not_to_contain_text("标称生产者")
    expect(card).to_contain_text("请立即停止使用，断开电源")
    assert page.locator("article").count() == 6
    expect(page.locator("main")).to_contain_text("有效的共 24 条")  # one of 25 is withdrawn, and none of the newest six
    assert page.locator("article", has_text="本提示已撤回").count() == 0
    assert page.locator('article a[href*="TEST000023"]').count() == 0
    expect(page.get_by_role("link", name="查看全部消费提示")).to_be_visible()


def test_a_warning_tells_what_was_found_against_which_limit(page: Page) -> None:
    page.goto("/warnings/W2026-TEST000024")
    cells = page.locator("table.found tbody tr").first.locator("th, td").all_inner_texts()
    assert [text.split("\n")[0] for text in cells] == ["克百威", "0.31 mg/kg", "≤0.02 mg/kg"]
    expect(page.locator("main")).to_contain_text("示例农业合作社")
    expect(page.locator("main")).to_contain_text("不代表同一企业其他批次或其他产品不合格")


def test_a_withdrawn_warning_says_so_and_why_and_gives_no_advice(page: Page) -> None:
    page.goto("/warnings/W2026-TEST000023")
    expect(page.locator("main")).to_contain_text("本提示已撤回")
    expect(page.locator("main")).to_contain_text("复检合格")
    expect(page.locator("main")).not_to_contain_text("请勿食用")


def test_the_figures_of_the_page_are_those_of_the_interface(page: Page, address: str) -> None:
    page.goto("/")
    expect(page.locator(".rate-title")).to_have_text("2026年第二季度食品安全评价性抽检合格率")
    items = httpx.get(address + RATES).json()["items"]
    expect(page.locator("main")).to_contain_text("以上含省份不详的 7 批")
    shown = _rows(page)
    assert [row[0] for row in shown] == [item["prefecture_name"] for item in items] + ["合计"]
    for row, item in zip(shown, items, strict=False):
        assert row[1].split()[-1] == str(item["n_concluded"]) and row[2].split()[-1] == str(item["n_nonconforming"])
        if item["rate"] is None:
            assert row[3] == "样本量不足 30，只列数量，不计算比率"
        else:
            expected = "100%" if item["rate"] == 1 else f"{item['rate']:.1%}"
            assert row[3].split()[-1] == expected


def test_rows_stand_in_the_order_of_their_codes_and_say_it_is_no_ranking(page: Page) -> None:
    page.goto("/")
    names = [row[0] for row in _rows(page)]
    assert names[0] == "成都市" and names[-3:] == ["凉山彝族自治州", "未能归属", "合计"]
    expect(page.locator("table.figures caption")).to_contain_text("不是排名")


def test_each_rate_has_its_interval_drawn_inside_the_plot(page: Page) -> None:
    page.goto("/")
    drawn = page.locator("table.figures tbody svg").all()
    assert len(drawn) == 22
    for plot in drawn:
        outer, mark = plot.bounding_box(), plot.locator("circle").bounding_box()
        assert outer is not None and mark is not None and outer["width"] > 200
        assert outer["x"] <= mark["x"] and mark["x"] + mark["width"] <= outer["x"] + outer["width"]
    assert page.locator("table.figures tbody svg line.all").count() == 22


def test_a_product_is_looked_up_from_the_top_of_every_page(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="查产品").click()
    page.get_by_label("产品、企业或批号").fill("豇豆 号")
    page.get_by_role("button", name="查询").click()
    expect(page.locator("main .count")).to_have_text("共 30 条。")
    assert len(_rows(page)) == 20 and _rows(page)[0][2:4] == ["评价性抽检", "1"]
    page.get_by_role("link", name="其余结果").click()
    assert len(_rows(page)) == 10
    page.get_by_label("产品、企业或批号").fill("没有这种东西")
    page.get_by_role("button", name="查询").click()
    expect(page.locator("main")).to_contain_text("没有记录既不说明合格，也不说明不合格")


def test_recalls_are_read_from_the_top_of_every_page(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="召回", exact=True).click()
    assert page.locator("article .headline").all_inner_texts() == ["儿童玩具车", "电热毯（品牌：暖冬）"]
    gone, card = page.locator("article").all()
    expect(gone).to_contain_text("该召回公告已撤销")
    expect(gone).not_to_contain_text("退货")
    for text in (
        "主动召回",
        "某公司",
        "DR-150（单人）",
        "2025年3月1日起，至2025年4月30日",
        "1,200",
        "接地不良",
        "退货",
    ):
        expect(card).to_contain_text(text)
    expect(card.get_by_role("link", name="召回公告 川召-1")).to_have_attribute("href", "https://example.org/1")
    page.get_by_label("检索").fill("没有这种东西")
    page.get_by_role("button", name="检索").click()
    expect(page.locator(".count")).to_contain_text("不说明产品没有缺陷")
    page.go_back()
    card.get_by_role("link", name="W2026-TEST000025").click()
    expect(page.locator("h1")).to_have_text("某品牌电热毯有触电危险")


def test_supervision_is_a_share_of_failures_found_and_never_a_pass_rate(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="食品安全 · 监督抽查").click()
    expect(page.locator(".rate-title")).to_have_text("2026年第二季度食品安全监督抽查不合格发现率")
    expect(page.locator(".note")).to_contain_text("监督抽查专挑风险较高的产品")
    table = page.locator("table.figures").inner_text()
    assert "5.7%" in table and "合格率" not in table.replace("不合格发现率", "")


def test_another_quarter_is_chosen_with_a_plain_form(page: Page) -> None:
    page.goto("/")
    page.get_by_label("统计时段").select_option("2026YTD")
    page.get_by_role("button", name="查看").click()
    expect(page.locator(".rate-title")).to_have_text("2026年年初至今累计食品安全评价性抽检合格率")


def test_construction_shows_inspections_and_points(page: Page) -> None:
    page.goto("/?feed=construction")
    expect(page.locator(".lead")).to_contain_text("检查工程 50 次，抽查 1,000 个点")
    assert _rows(page)[0][1].split()[-1] == "50"


def test_warnings_are_searched_and_leafed_through(page: Page) -> None:
    page.goto("/warnings")
    assert page.locator("article").count() == 20
    page.get_by_role("link", name="更早的提示").click()
    assert page.locator("article").count() == 5
    page.get_by_label("检索").fill("电热毯")
    page.get_by_role("button", name="检索").click()
    expect(page.locator(".count")).to_contain_text("共 1 条")
    page.goto("/warnings?q=没有这种东西")
    expect(page.locator(".count")).to_contain_text("不说明产品安全")


@pytest.mark.parametrize("path", PAGES)
def test_every_page_names_its_release_and_fits_the_screen(page: Page, path: str, screen: dict[str, int]) -> None:
    page.goto(path)
    expect(page.locator("footer")).to_contain_text("20260715T010000Z-0000000001")
    expect(page.locator("footer")).to_contain_text("2026年7月15日 10:30（北京时间）")
    wide = page.evaluate(
        """width => [...document.querySelectorAll('body, main *')]
            .filter(e => !e.closest('.scroll, .visually-hidden') && getComputedStyle(e).clipPath === 'none')
            .filter(e => e.getBoundingClientRect().right > width + 1).map(e => e.outerHTML.slice(0, 80))""",
        screen["width"],
    )
    assert wide == []


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_built_for_assistive_technology(browser: Browser, address: str, path: str) -> None:
    context = browser.new_context(base_url=address)
    page = context.new_page()
    page.goto(path)
    found = page.evaluate(
        """() => ({
            lang: document.documentElement.lang,
            title: document.title,
            h1: document.querySelectorAll('h1').length,
            levels: [...document.querySelectorAll('h1,h2,h3')].map(h => +h.tagName[1]),
            unnamed: [...document.querySelectorAll('input:not([type=hidden]),select')]
                .filter(e => !e.labels.length).length,
            images: [...document.querySelectorAll('img:not([alt])')].length,
            headless: [...document.querySelectorAll('table')].filter(t => !t.querySelector('th[scope=col]')).length,
            ids: [...document.querySelectorAll('[id]')].map(e => e.id),
            scripts: document.scripts.length,
            foreign: performance.getEntriesByType('resource').filter(e => !e.name.startsWith(location.origin)).length,
        })"""
    )
    context.close()
    assert found["lang"] == "zh-CN" and found["title"] and found["h1"] == 1
    assert all(later - earlier <= 1 for earlier, later in zip(found["levels"], found["levels"][1:], strict=False))
    assert (found["unnamed"], found["images"], found["headless"], found["scripts"], found["foreign"]) == (0, 0, 0, 0, 0)
    assert len(found["ids"]) == len(set(found["ids"]))


@pytest.mark.parametrize("path", PAGES)
def test_every_text_stands_out_from_its_ground(browser: Browser, address: str, path: str) -> None:
    context = browser.new_context(base_url=address)
    page = context.new_page()
    page.goto(path)
    weak = page.evaluate(
        """() => {
            const parts = c => c.match(/[\\d.]+/g).map(Number);
            const light = c => parts(c).slice(0, 3).map(v => v / 255)
                .map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
                .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
            const ground = e => { for (; e; e = e.parentElement) {
                const c = getComputedStyle(e).backgroundColor; if (parts(c)[3] !== 0) return c; }
                return 'rgb(255,255,255)'; };
            return [...document.querySelectorAll('body *')]
                .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()))
                .map(e => { const [a, b] = [light(getComputedStyle(e).color), light(ground(e))];
                    return [e.outerHTML.slice(0, 80), (Math.max(a, b) + .05) / (Math.min(a, b) + .05)]; })
                .filter(([, ratio]) => ratio < 4.5);
        }"""
    )
    context.close()
    assert weak == []


def test_the_keyboard_reaches_the_content_first(browser: Browser, address: str) -> None:
    context = browser.new_context(base_url=address)
    page = context.new_page()
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("跳到正文")
    expect(page.locator(":focus")).to_be_in_viewport()
    context.close()


def test_the_page_prints_without_what_only_a_screen_can_do(browser: Browser, address: str) -> None:
    context = browser.new_context(base_url=address)
    page = context.new_page()
    page.emulate_media(media="print")
    page.goto("/")
    expect(page.locator("form.pick")).to_be_hidden()
    expect(page.locator("table.figures")).to_be_visible()
    expect(page.locator("footer")).to_contain_text("发布编号")
    assert page.pdf(format="A4")[:5] == b"%PDF-"
    context.close()


def test_on_a_phone_each_product_leads_and_everything_below_it_says_what_it_is(browser: Browser, address: str) -> None:
    context = browser.new_context(base_url=address, viewport={"width": 375, "height": 740})
    page = context.new_page()
    page.goto("/lookup?q=豇豆17号")
    lines = page.locator("table.figures tbody tr").first.evaluate(
        """row => [...row.querySelectorAll('th, td')].map(cell => ({
            top: cell.getBoundingClientRect().top, text: cell.innerText.trim(),
            said: getComputedStyle(cell, '::before').content.replaceAll('"', '').trim(),
        })).sort((a, b) => a.top - b.top)"""
    )
    context.close()
    assert [(line["said"], line["text"]) for line in lines] == [
        ("none", "豇豆17号（商标：示例）"), ("标称生产者", "示例食品有限公司"), ("抽检类型", "评价性抽检"),
        ("合格批次", "1"), ("统计季度", "2026年第二季度"), ("最近结论（公布）", "2026年5月20日"),
    ]  # fmt: skip
    tops = [line["top"] for line in lines]
    assert len(set(tops)) == len(tops)
