"""Each check of the site, shown a page with one thing wrong, says so: a check that cannot fail proves nothing."""

import http.client
from urllib.parse import urlsplit

import pytest

from tests.site import browser_checks, static_checks

PAGE = (
    '<!doctype html><html lang="en"><head><title>Page</title>'
    '<link rel="icon" href="data:,"><style>{style}</style></head>'
    "<body><main><h1>Page</h1>{body}</main></body></html>"
)
DECK = (
    '<div class="reveal"><div class="slides"><section style="position:absolute;width:1280px">{slide}'
    "</section></div></div><script>window.Reveal = {{"
    "getSlides: () => [...document.querySelectorAll('section')], getIndices: () => ({{h: 0, v: 0}}), slide: () => 0,"
    "getConfig: () => ({{width: 1280, height: 720}}), getScale: () => 1}};</script>"
)
NOTES = '<aside class="notes" style="display:none">One two three four five six seven eight.</aside>'
PIXEL = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='400' height='300'></svg>"


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a page and gives its path."""

    def page(body, style="", name="page.html"):
        path = tmp_path / name
        path.write_text(PAGE.format(body=body, style=style), encoding="utf8")
        return path

    return page


@pytest.fixture
def visit(write, new_page, tmp_path):
    """Return a function that writes a page and opens it."""

    def go(body, style=""):
        tab = new_page((tmp_path.as_uri(),), width=390)
        tab.page.goto(write(body, style).as_uri())
        return tab

    return go


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ('<a href="none.html">x</a>', "no such file"),
        ('<a href="#none">x</a>', "no element with this id"),
        ('<a href="page.html#none">x</a>', "no element with this id"),
        ('<a href="/page.html">x</a>', "starts at the root"),
        ('<a href="../../x.html">x</a>', "leads out of the site"),
        ('<img src="none.png" alt="x">', "no such file"),
        ('<img srcset="none.png 2x" alt="x">', "no such file"),
    ],
)
def test_broken_links(write, tmp_path, body, sentence):
    assert any(sentence in problem for problem in static_checks.broken_links(write(body), tmp_path))


def test_words_of_a_verdict_that_nobody_can_read(visit):
    verdict = '<div style="background:#ced6dd"><div class="lossland-verdict">Write <code>{word}</code></div></div>'
    style = ".lossland-verdict { color: #111; background: transparent } code { color: rgb(243, 199, 238) }"
    problems = browser_checks.unreadable_verdicts(visit(verdict.format(word="hidden"), style).page)
    assert [problem[:8] for problem in problems] == ["'hidden'"]
    plain = visit(verdict.format(word="plain"), style.partition("code")[0])
    assert not browser_checks.unreadable_verdicts(plain.page)


def test_good_links_pass(write, tmp_path):
    body = '<a id="here" href="#here">x</a><a href="page.html#here">y</a><a href="?a=b#here">z</a>'
    assert static_checks.broken_links(write(body + '<a href="https://a.org">w</a>'), tmp_path) == []


def test_outside_assets(write):
    assert static_checks.outside_assets(write('<script src="https://cdn.org/x.js"></script>'))
    assert static_checks.outside_assets(write('<img src="//cdn.org/x.png" alt="x">', name="b.html"))
    assert not static_checks.outside_assets(write('<a href="https://a.org">x</a>', name="c.html"))


def test_repeated_ids(write):
    assert static_checks.repeated_ids(write('<p id="a"></p><p id="a"></p>')) == ["id a: 2 elements"]


@pytest.mark.parametrize("image", ['<img src="a.png">', '<img src="a.png" alt="">', '<img src="b/a.png" alt="a.png">'])
def test_missing_alt(write, image):
    assert static_checks.missing_alt(write(image))


def test_requests_and_console(visit):
    tab = visit('<img src="https://example.invalid/a.png" alt="x"><img src="none.png" alt="y">')
    tab.page.evaluate("console.warn('oh')")
    tab.page.evaluate("() => { setTimeout(() => { throw new Error('no') }) }")
    tab.page.wait_for_timeout(200)
    assert any("example.invalid" in problem for problem in tab.record.outside)
    assert any("none.png" in problem for problem in tab.record.failed)
    assert "warning: oh" in tab.record.messages
    assert any(problem.startswith("uncaught") for problem in tab.record.messages)


def test_status_404_is_a_failure(new_page, serve, tmp_path, write):
    write('<img src="none.png" alt="x">')
    base = serve(tmp_path)
    tab = new_page((base,))
    tab.page.goto(base + "page.html")
    tab.page.wait_for_timeout(100)
    assert any("status 404" in problem for problem in tab.record.failed)


def test_server_gives_the_folder_and_nothing_else(serve, tmp_path, write):
    write("x")
    connection = http.client.HTTPConnection(urlsplit(serve(tmp_path)).netloc)
    connection.request("GET", "/../../etc/passwd")
    assert connection.getresponse().status == 404
    connection.close()


@pytest.mark.parametrize(
    "body",
    [
        "<p>where $$a$$ is</p>",
        "<p>where $a+b$ is</p>",
        r"<p>\(a\)</p>",
        r"<p>\begin{align}</p>",
        '<span class="math">a</span>',
        "<mjx-merror>Undefined control sequence</mjx-merror>",
    ],
)
def test_unrendered_math(visit, body):
    assert browser_checks.unrendered_math(visit(body).page)


def test_prose_about_money_and_code_is_no_formula(visit):
    body = r"<p>It costs $ 5 or 6 $ a day.</p><code>$x$ \(y\)</code><pre>$$</pre>"
    assert browser_checks.unrendered_math(visit(body).page) == []


def test_broken_images(visit):
    assert browser_checks.broken_images(visit('<img src="none.png" alt="x">').page)
    assert not browser_checks.broken_images(visit(f'<img src="{PIXEL}" alt="x">').page)


def test_overflow(visit):
    wide = '<div class="wide" style="width:900px">x</div>'
    assert any("div.wide ends at" in problem for problem in browser_checks.overflow(visit(wide).page))
    assert not browser_checks.overflow(visit(f'<div style="overflow-x:auto">{wide}</div>').page)


def test_accessibility(visit):
    problems = browser_checks.accessibility(visit('<p style="color:#ccc">pale</p><input>').page)
    assert any(problem.startswith("color-contrast") for problem in problems)
    assert any(problem.startswith("label") for problem in problems)
    assert not browser_checks.accessibility(visit("<p>dark</p>").page)


def test_theme_that_cannot_be_chosen(visit):
    button = '<button class="theme-switch-button">theme</button>'
    assert not browser_checks.choose_theme(visit(button).page, "dark")
    works = button.replace("class", "onclick=\"document.documentElement.dataset.theme='dark'\" class")
    assert browser_checks.choose_theme(visit(works).page, "dark")


def test_luminance():
    assert browser_checks.luminance("rgb(255, 255, 255)") > 0.99
    assert browser_checks.luminance("rgba(0, 0, 0, 1)") == 0


@pytest.mark.parametrize(
    "body",
    [
        '<details class="sd-dropdown" open><summary>Hint</summary><div class="sd-summary-content">x</div></details>',
        '<details class="sd-dropdown"><summary onclick="return false">Hint</summary>'
        '<div class="sd-summary-content">x</div></details>',
        '<div class="admonition dropdown"><p class="admonition-title">Solution</p><p>x</p></div>',
        '<div class="solution dropdown toggle-hidden"><p class="admonition-title">Solution</p><p>x</p></div>',
    ],
)
def test_hints_that_do_not_open(visit, body):
    assert browser_checks.closed_after_click(visit(body).page)


def test_hint_that_opens(visit):
    body = '<details class="sd-dropdown"><summary>Hint</summary><div class="sd-summary-content">x</div></details>'
    assert not browser_checks.closed_after_click(visit(body).page)


@pytest.mark.parametrize(
    ("slide", "sentence"),
    [
        ("<p>x</p>", "no speaker notes"),
        (f'{NOTES}<p style="height:900px">x</p>', "px (p.)"),
        (f'{NOTES}<div style="width:1500px">x</div>', "px wide"),
        (f'{NOTES}<img src="none.png" alt="x">', "a figure is not to be seen"),
        (f'{NOTES}<img src="{PIXEL}" alt="x" style="width:30px">', "a figure is not to be seen"),
    ],
)
def test_slides(visit, slide, sentence):
    problems = browser_checks.slides(visit(DECK.format(slide=slide)).page)
    assert any(sentence in problem for problem in problems), problems


def test_good_slide_passes(visit):
    page = visit(DECK.format(slide=f'{NOTES}<p>x</p><img src="{PIXEL}" alt="x">')).page
    page.wait_for_function("document.images[0].naturalWidth > 0")
    assert browser_checks.slides(page) == []
