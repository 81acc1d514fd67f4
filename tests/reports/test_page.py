"""The page, as text and in a real browser."""

from __future__ import annotations

import re
import shutil

import pytest
from PIL import Image

from evtp.reports.accuracy import accuracy_table, figures
from evtp.reports.page import Key, Photo, Section, render_page
from evtp.reports.plots import PLOTS
from evtp.reports.style import save, style

HOSTILE = "</script><script>document.title='hacked'</script> a_b%{x} & \"q\""
METHODS = {"evtp": "EVTP-IVS", "divprune": "DivPrune", HOSTILE: HOSTILE}


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    with style():
        save(PLOTS.load("ablation")(figures(4)), folder / "ablation.svg")
    svg = (folder / "ablation.svg").read_text(encoding="utf-8")
    own = [
        {
            "method": HOSTILE,
            "keep": 0.1,
            "dataset": "refcoco",
            "split": "val",
            "metric": "giou",
            "value": 1.0,
        }
    ]
    kept = {"5%": [0, 8], "10%": [0, 4, 8]}
    photos = [
        Photo(
            name,
            Image.new("RGB", (40, 30), colour),
            (3, 3),
            dict.fromkeys(METHODS, kept),
            {method: {keep: f"note {keep}" for keep in kept} for method in METHODS},
        )
        for name, colour in (("red", "#a00"), (HOSTILE, "#00a"))
    ]
    text = render_page(
        [Key("8.3×", HOSTILE, "detail")],
        [
            Section("Accuracy", [HOSTILE], {"ablation": (svg, HOSTILE)}),
            Section("Tables", [], {}, {"table1": accuracy_table(1, own=own)}),
        ],
        photos,
        METHODS,
        HOSTILE,
    )
    (folder / "index.html").write_text(text, encoding="utf-8")
    return folder / "index.html"


def test_the_page_needs_no_network(page):
    text = page.read_text(encoding="utf-8")
    links = re.findall(r'(?:src|href)="([^"#]*)', text)
    assert all(link.startswith("data:") for link in links if link)
    assert not re.findall(r"@import|url\((?!#)", text)


def test_hostile_text_adds_no_element(page):
    text = page.read_text(encoding="utf-8")
    assert "<script>document.title" not in text
    assert text.count("<script") == 3


def test_ids_are_unique(page):
    ids = re.findall(r'\bid="([^"]+)"', page.read_text(encoding="utf-8"))
    assert len(ids) == len(set(ids))


browser = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("chromium") is None or shutil.which("chromedriver") is None,
        reason="Chromium and its driver are not installed",
    ),
]


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    webdriver = pytest.importorskip("selenium.webdriver")
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for flag in (
        "headless",
        "no-sandbox",
        "disable-gpu",
        "disable-quic",
        "no-first-run",
        "disable-background-networking",
        "disable-component-update",
        "disable-sync",
        f"user-data-dir={tmp_path_factory.mktemp('chromium')}",
    ):
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    driver = webdriver.Chrome(options, service)
    yield driver
    driver.quit()


@pytest.fixture
def opened(driver, page):
    driver.get(page.as_uri())
    return driver


def by_css(driver, selector):
    return driver.find_elements("css selector", selector)


def column(driver, heading):
    """The shown cells of the column under this heading of the first table."""
    return driver.execute_script(
        """
        const table = document.querySelector(".table table");
        const heads = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
        const at = heads.findIndex((head) => head.textContent === arguments[0]);
        return [...table.querySelectorAll("tbody tr")]
          .filter((row) => getComputedStyle(row).display !== "none")
          .map((row) => row.cells[at].textContent);
        """,
        heading,
    )


def press(driver, heading):
    (button,) = [b for b in by_css(driver, ".table th button") if b.text == heading]
    driver.execute_script("arguments[0].click()", button)


class TestInABrowser:
    pytestmark = browser

    def test_nothing_is_reported_on_the_console(self, opened):
        assert opened.get_log("browser") == []
        assert opened.title == "Visual-token pruning: report"

    def test_a_heading_sorts_up_down_and_back(self, opened):
        paper = column(opened, "gIoU")
        known = [float(text) for text in paper if text]
        press(opened, "gIoU")
        assert [float(text) for text in column(opened, "gIoU") if text] == sorted(known)
        press(opened, "gIoU")
        falling = column(opened, "gIoU")
        assert [float(text) for text in falling if text] == sorted(known, reverse=True)
        assert falling[-1] == "", "a missing value stays last"
        press(opened, "gIoU")
        assert column(opened, "gIoU") == paper

    def test_names_sort_as_names(self, opened):
        press(opened, "Method")
        shown = column(opened, "Method")
        assert shown == sorted(shown, key=str.casefold)

    def test_an_unticked_method_is_gone_from_the_tables(self, opened):
        before = column(opened, "Method")
        box = by_css(opened, 'input[name="method"][value="evtp"]')[0]
        opened.execute_script("arguments[0].click()", box)
        assert column(opened, "Method") == [name for name in before if name != "EVTP-IVS"]
        opened.execute_script("document.getElementById('filter-all').click()")
        assert column(opened, "Method") == before

    def test_method_and_ratio_switch_the_tokens_shown(self, opened):
        def tokens():
            return by_css(opened, "#picture-left .tokens")[0].get_attribute("d").count("M")

        assert tokens() == 3
        five = by_css(opened, '#keeps input[value="5%"]')[0]
        opened.execute_script("arguments[0].click()", five)
        assert tokens() == 2
        assert by_css(opened, "#note-left")[0].text == "2 of 9 tokens. note 5%"
        opened.execute_script("arguments[0].click()", by_css(opened, '#photos input[value="1"]')[0])
        assert HOSTILE in by_css(opened, "#picture-left")[0].get_attribute("aria-label")

    def test_many_photographs_are_chosen_from_a_list(self, driver, tmp_path):
        photos = [
            Photo(f"number {n}", Image.new("RGB", (9, 9)), (3, 3), {"evtp": {"5%": [n % 9]}}, {})
            for n in range(13)
        ]
        path = tmp_path / "many.html"
        path.write_text(render_page([], [], photos, METHODS), encoding="utf-8")
        driver.get(path.as_uri())
        assert by_css(driver, "#photos input") == []
        (choice,) = by_css(driver, "#photos select")
        assert choice.get_attribute("aria-label") == "Photograph"
        driver.execute_script(
            "arguments[0].value = '12'; arguments[0].dispatchEvent(new Event('change'))", choice
        )
        assert "number 12" in by_css(driver, "#picture-left")[0].get_attribute("aria-label")

    def test_the_keyboard_reaches_and_works_the_controls(self, opened):
        from selenium.webdriver.common.keys import Keys

        seen = []
        for _ in range(30):
            opened.switch_to.active_element.send_keys(Keys.TAB)
            active = opened.switch_to.active_element
            seen.append(active.get_attribute("id") or active.get_attribute("name") or active.text)
        assert {"theme", "photo", "keep", "method-left", "method-right", "method"} <= set(seen)
        by_css(opened, "#theme")[0].send_keys(Keys.ENTER)
        assert opened.execute_script("return document.documentElement.dataset.theme") == "dark"
        ground = "return getComputedStyle(document.body).backgroundColor"
        assert opened.execute_script(ground) == "rgb(20, 23, 27)"

    @pytest.mark.parametrize(("width", "said"), [(360, True), (2000, False)])
    def test_a_table_that_scrolls_says_so_and_no_other_does(self, opened, width, said):
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
        opened.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        hint, focus, wide = opened.execute_async_script(
            """
            const done = arguments[0];
            const figure = document.querySelector(".table figure");
            requestAnimationFrame(() => requestAnimationFrame(() => done([
              getComputedStyle(figure.querySelector("caption"), "::after").content,
              figure.tabIndex,
              figure.scrollWidth > figure.clientWidth,
            ])));
            """
        )
        opened.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        assert wide == said
        assert ("scrolls sideways" in hint) == said
        assert focus == (0 if said else -1)

    @pytest.mark.parametrize("width", [360, 768, 1280])
    def test_the_page_never_scrolls_sideways(self, opened, width):
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
        opened.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        wide = opened.execute_script("return document.documentElement.scrollWidth")
        opened.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        assert wide <= width
