"""Checks of a page in a real browser; each returns what is wrong as a list of sentences."""

import re

from axe_playwright_python.sync_playwright import Axe

# What the theme itself logs on every page, none of it about a fault.
THEME_MESSAGES = (
    re.compile(r"\[PST\]: Changed to (light|dark|auto) mode using the (light|dark) theme\."),
    re.compile(r"\[PST\]: Scrolled sidebar using last active link\.\.\."),
    re.compile(r"\[PST\]: Set focus on search field\."),
    re.compile(r"\[togglebutton\]: Adding toggle buttons to \d+ items"),
)

# Findings of the theme that no setting mends: rule -> (reason, the selectors).
THEME_FINDINGS = {
    "region": (
        "the theme puts the logo of the side bar outside of all landmarks",
        (".sidebar-primary-items__start > .sidebar-primary-item:nth-child(1)", ".only-light", ".only-dark"),
    ),
}


class Record:
    """What a page asked for, what failed, and what it said on the console."""

    def __init__(self, page, own):
        """Listen to `page`; addresses that start with one of `own` belong to the site."""
        self.outside, self.failed, self.messages = [], [], []
        self.own = (*own, "data:", "blob:", "about:")
        page.on("request", self._request)
        page.on("requestfailed", lambda request: self.failed.append(f"{request.url}: {request.failure}"))
        page.on("response", self._response)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.messages.append(f"uncaught: {error}"))

    def _request(self, request):
        if not request.url.startswith(self.own):
            self.outside.append(f"{request.url}: asked for outside of the site")

    def _response(self, response):
        if response.status >= 400:
            self.failed.append(f"{response.url}: status {response.status}")

    def _console(self, message):
        if not any(pattern.fullmatch(message.text) for pattern in THEME_MESSAGES):
            self.messages.append(f"{message.type}: {message.text}")

    def problems(self):
        """List everything that a page should not have done."""
        return self.outside + self.failed + self.messages


def wait_until_quiet(page):
    """Wait for the scripts of a page: MathJax, and the ledger's formulas that are typeset bit by bit."""
    page.wait_for_load_state("load")
    page.evaluate("() => window.MathJax && MathJax.startup && MathJax.startup.promise.then(() => null)")
    if page.locator(".ledger-later").count():
        page.wait_for_function("document.body.dataset.formulas === 'done'")
    page.evaluate("() => document.fonts.ready.then(() => null)")


RAW_MATH = r"""() => {
  const wrong = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.data, parent = walker.currentNode.parentElement;
    if (parent.closest('script, style, code, pre, template, textarea, mjx-container, .output, .sig')) continue;
    if (/\$\$|\\\(|\\\)|\\\[|\\begin\{|\\frac|\\alpha|(^|\s)\$[^\s$][^$]*\$/.test(text)) {
      wrong.push(text.trim().slice(0, 80));
    }
  }
  return wrong;
}"""


def unrendered_math(page):
    """List formulas that MathJax did not render, and markup that was never taken for a formula."""
    wrong = [f"raw: {text}" for text in page.evaluate(RAW_MATH)]
    errors = page.locator("mjx-merror, [data-mjx-error]").evaluate_all(
        "all => all.map(e => e.getAttribute('title') || e.getAttribute('data-mjx-error') || e.textContent)"
    )
    wrong += [f"MathJax: {text}" for text in errors]
    empty = page.locator("span.math, div.math").evaluate_all(
        "all => all.filter(e => !e.querySelector('mjx-container')).map(e => e.textContent.slice(0, 80))"
    )
    return wrong + [f"not typeset: {text}" for text in empty]


def broken_images(page):
    """List images that are loaded but have no size, and those that did not load."""
    return page.locator("img").evaluate_all(
        "all => all.filter(e => e.loading !== 'lazy' || e.complete).filter(e => !e.naturalWidth)"
        ".map(e => 'img ' + e.src.slice(0, 80) + ': not shown')"
    )


OVERFLOW = r"""() => {
  const width = document.documentElement.clientWidth, wrong = [];
  if (document.documentElement.scrollWidth <= width + 1) return wrong;
  for (const element of document.body.querySelectorAll('*')) {
    const box = element.getBoundingClientRect();
    if (box.width && box.right > width + 1 && getComputedStyle(element).position !== 'fixed') {
      let inside = element.parentElement, clipped = false;
      while (inside && inside !== document.body) {
        if (getComputedStyle(inside).overflowX !== 'visible') clipped = true;
        inside = inside.parentElement;
      }
      const name = `${element.tagName.toLowerCase()}.${element.className}`;
      if (!clipped) wrong.push(`${name} ends at ${Math.round(box.right)}`);
    }
  }
  return [`the page is ${document.documentElement.scrollWidth} px wide in a window of ${width}`, ...wrong.slice(0, 5)];
}"""


def overflow(page):
    """Say what makes a page wider than its window."""
    return page.evaluate(OVERFLOW)


ALIKE = 30


def thin_out(page):
    """Take away what only costs axe-core time, minutes of it: MathJax's markup, and the many that are made alike.

    Formulas become letters. Of the entries of the reference and of the ledger, each made by the same code as the one
    before, the first thirty stay, and of the ledger those with the rarer verdicts as well. In listings, the first
    thirty words of each color on each kind of ground stay words of their own.
    """
    page.evaluate(
        """(alike) => {
          document.querySelectorAll('mjx-container').forEach((formula) => formula.replaceWith('x'));
          const many = 'dl.py, article.ledger-entry[data-verdict=pending], table.indextable tr';
          Array.from(document.querySelectorAll(many)).slice(alike).forEach((entry) => entry.remove());
          const seen = new Map();
          document.querySelectorAll('.highlight pre span').forEach((word) => {
            const ground = word.closest('.cell_input, .cell_output, .sd-card, .admonition, div[class*=highlight-]');
            const kind = word.className + ' on ' + (ground ? ground.className : '');
            seen.set(kind, (seen.get(kind) || 0) + 1);
            if (seen.get(kind) > alike && !word.id) word.replaceWith(...word.childNodes);
          });
          document.querySelectorAll('.highlight pre').forEach((listing) => listing.normalize());
        }""",
        ALIKE,
    )
    page.wait_for_timeout(600)  # 300 ms after the last change the theme decides anew what takes the focus


def accessibility(page, rules=None):
    """List what axe-core finds, except what the theme is known for."""
    options = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": list(rules)}
    wrong = []
    for violation in Axe().run(page, options=options).response["violations"]:
        _, known = THEME_FINDINGS.get(violation["id"], ("", ()))
        for node in violation["nodes"]:
            selector = " ".join(str(part) for part in node["target"])
            if selector not in known:
                summary = " ".join(node.get("failureSummary", "").split())
                wrong.append(f"{violation['id']} ({violation['impact']}): {selector}: {summary[:220]}")
    return wrong


def choose_theme(page, theme):
    """Press the theme's button until the page has the theme; return whether it got there."""
    for _ in range(3):
        if page.locator("html").get_attribute("data-theme") == theme:
            break
        page.locator(".theme-switch-button").first.click()
    page.mouse.move(640, 400)  # the button's tooltip fades away, and half faded it is hard to read
    page.evaluate("document.activeElement.blur()")
    page.locator(".tooltip").first.wait_for(state="detached")
    return page.locator("html").get_attribute("data-theme") == theme


def luminance(color):
    """Return the brightness of a CSS color such as rgb(18, 18, 18), from 0 to 1."""
    red, green, blue = (float(number) for number in re.findall(r"[\d.]+", color)[:3])
    return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255


def unreadable_verdicts(page, least=0.4):
    """List words in verdicts of the checkers that are about as bright as their ground.

    Where the contrast is none at all axe-core finds the case undecided and says nothing.
    """
    words = page.evaluate(
        """() => Array.from(document.querySelectorAll('.lossland-verdict, .lossland-verdict *')).map((word) => {
          const color = (element) => getComputedStyle(element).backgroundColor;
          let ground = word;
          while (ground.parentElement && /^rgba.*, 0\\)$/.test(color(ground))) ground = ground.parentElement;
          return [word.textContent.slice(0, 40), getComputedStyle(word).color, color(ground)];
        })"""
    )
    return [
        f"{text!r}: {color} on {ground}"
        for text, color, ground in words
        if abs(luminance(color) - luminance(ground)) < least
    ]


def closed_after_click(page):
    """Open every hint and solution by a click as a reader does; list those that stay shut."""
    wrong = []
    for details in page.locator("details.sd-dropdown").all():
        name = " ".join(details.locator("summary").first.inner_text().split())
        if details.get_attribute("open") is not None:
            wrong.append(f"{name}: open before the click")
            continue
        if not details.is_visible():
            continue
        details.locator("summary").first.click()
        if details.get_attribute("open") is None or not details.locator(".sd-summary-content").first.is_visible():
            wrong.append(f"{name}: stays shut")
    for box in page.locator("div.admonition.dropdown, div.solution.dropdown").all():
        name = " ".join(box.locator(".admonition-title").first.inner_text().split())
        if "toggle-hidden" not in (box.get_attribute("class") or ""):
            wrong.append(f"{name}: open before the click")
            continue
        if not box.is_visible():
            continue
        box.locator("button.toggle-button, .admonition-title").last.click()
        body = box.locator(":scope > *:not(.admonition-title):not(button)").first
        if "toggle-hidden" in (box.get_attribute("class") or "") or not body.is_visible():
            wrong.append(f"{name}: stays shut")
    return wrong


def search(page, address, words):
    """Look for words on the search page; return the titles found."""
    page.goto(f"{address}?q={words.replace(' ', '+')}")
    page.wait_for_function(
        "() => /found|did not match/i.test(document.querySelector('#search-results')?.innerText || '')", timeout=15000
    )
    return page.locator("#search-results li a:first-child").all_inner_texts()


SLIDES = r"""() => Reveal.getSlides().map((slide, number) => {
  const name = `slide ${number + 1}`, wrong = [], notes = slide.querySelector('aside.notes');
  Reveal.slide(...Object.values(Reveal.getIndices(slide)).slice(0, 2));
  slide.querySelectorAll('.fragment').forEach((fragment) => fragment.classList.add('visible'));
  if (!notes || notes.textContent.trim().split(/\s+/).length < 8) wrong.push(`${name}: no speaker notes`);
  const { width, height } = Reveal.getConfig(), scale = Reveal.getScale(), box = slide.getBoundingClientRect();
  let right = 0, bottom = 0, who = '';
  for (const element of slide.querySelectorAll('*')) {
    if (element.closest('aside.notes, mjx-assistive-mml, script, style')) continue;
    const part = element.getBoundingClientRect();
    if (!part.width || !part.height) continue;
    right = Math.max(right, (part.right - box.left) / scale);
    if ((part.bottom - box.top) / scale > bottom) {
      bottom = (part.bottom - box.top) / scale;
      who = element.tagName.toLowerCase() + '.' + element.className;
    }
  }
  if (bottom > height + 2) wrong.push(`${name}: ends at ${Math.round(bottom)} of ${height} px (${who})`);
  if (right > width + 2) wrong.push(`${name}: is ${Math.round(right)} of ${width} px wide`);
  for (const image of slide.querySelectorAll('img')) {
    const part = image.getBoundingClientRect();
    if (!image.naturalWidth || part.width / scale < 100 || part.height / scale < 60)
      wrong.push(`${name}: a figure is not to be seen`);
  }
  return wrong;
}).flat()"""


def slides(page):
    """Visit every slide of a deck: speaker notes, nothing beyond the edge, figures visible."""
    return page.evaluate(SLIDES)
