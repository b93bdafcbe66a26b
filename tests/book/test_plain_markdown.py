"""Directives and roles become Markdown that plain Jupyter shows."""

import pytest

from tools.citations import Citations
from tools.labels import Label, Labels
from tools.plain_markdown import PlainMarkdown, UnknownDirective, quoted
from tools.roles import Roles, UnknownRole

TARGETS = {
    "fig-a": Label("figure", "10.2", "", "chapters/10-a"),
    "eq-a": Label("equation", "10.1", "", "chapters/10-a"),
    "thm-a": Label("theorem", "10.3", "", "chapters/10-a"),
    "ex-a": Label("exercise", "10.4", "Two", "chapters/10-a"),
    "sol-a": Label("solution", "", "ex-a", "chapters/10-a"),
    "sec-a": Label("section", "10.5", "A section", "chapters/10-a"),
}
BIB = r"""
@article{one, author = {Ben Poole}, title = {A}, year = {2016}, journal = {J}, doi = {10.1/x}}
@article{two, author = {A. van Dam and B. Roe}, title = {B}, year = {2020}, journal = {J}}
@article{four, author = {Berfin {\c{S}}im{\c{s}}ek and Arild N{\o}kland}, title = {D}, year = {2022}, journal = {J}}
@article{three, author = {A. A and B. B and C. C}, title = {C}, year = {2021}, journal = {J}, url = {https://x.org/c}}
"""


@pytest.fixture
def plain(tmp_path):
    (tmp_path / "a.bib").write_text(BIB)
    labels = Labels(TARGETS, {"chapters/10-a": "Chapter A", "start": "Start here"})
    glued = {"x": "0.123456", "name": "'tanh'", "scalar": "np.float64(0.5)"}
    return PlainMarkdown(labels, Roles("chapters/10-a", labels, Citations(tmp_path / "a.bib"), glued))


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("{numref}`fig-a`", "Fig. 10.2"),
        ("{numref}`Figure %s <fig-a>`", "Figure 10.2"),
        ("{eq}`eq-a`", "(10.1)"),
        ("{prf:ref}`thm-a`", "Theorem 10.3"),
        ("{ref}`ex-a`", "Exercise 10.4"),
        ("{ref}`this one <ex-a>`", "this one"),
        ("{ref}`sec-a`", "*A section*"),
        ("{numref}`sec-a`", "Section 10.5"),
        ("[text](#sec-a)", "*text*"),
        ("{doc}`../start`", "*Start here*"),
        ("{doc}`the start <../start>`", "*the start*"),
        ("[the start](../start.md)", "*the start*"),
        ("[out](https://x.org)", "[out](https://x.org)"),
        ("`[not](a-link)`", "`[not](a-link)`"),
        ("{cite}`one,two`", "(Poole, [2016](https://doi.org/10.1/x); van Dam and Roe, 2020)"),
        ("{cite:t}`four`", "Şimşek and Nøkland (2022)"),
        ("{cite:t}`three`", "A et al. ([2021](https://x.org/c))"),
        ("{glue:text}`x:.3f` of {glue:text}`name`", "0.123 of tanh"),
        ("{math}`a_b`", "$a_b$"),
        ("{term}`glass`", "*glass*"),
        ("{py:func}`lossland.numerics.gaussian_expectation`", "`gaussian_expectation`"),
        ("{abbr}`SGD <stochastic gradient descent>`", "SGD (stochastic gradient descent)"),
        ("(sec-b)=\n## Title", "## Title"),
        ("$$\na\n$$ (eq-a)", "$$\na\n\\tag{10.1} $$"),
        ("$$ a $$ (eq-a)", "$$ a \\tag{10.1} $$"),
        ("```{math}\n:label: eq-a\na\n```", "$$\na\n\\tag{10.1}\n$$"),
        ("```{note}\nText\n```", "> **Note**\n>\n> Text"),
        (":::{admonition} A {eq}`eq-a`\n:class: tip\n- one\n- two\n:::", "> **A (10.1)**\n>\n> - one\n> - two"),
        ("```{prf:theorem} Name\n:label: thm-a\nText\n```", "> **Theorem 10.3 (Name).** Text"),
        ("```{prf:proof}\nText\n```", "> **Proof.** Text"),
        (":::{dropdown} Hint 1\nText\n:::", "<details>\n<summary>Hint 1</summary>\n\nText\n\n</details>"),
        ("```{exercise-start} Two\n:label: ex-a\n```\nDo.\n```{exercise-end}\n```", "### Exercise 10.4 · Two\n\nDo."),
        ("```{code-block} python\n{note}\n```", "```python\n{note}\n```"),
        ("```python\n{ref}`x`\n```", "```python\n{ref}`x`\n```"),
        ("````{tab-set}\n```{tab-item} One\nText\n```\n````", "**One**\n\nText"),
        ("```{explorable} a-map\n:caption: See {numref}`fig-a`.\n:alt: Lines\n```",
         "> **Interactive figure**, on the page of this chapter in the book. See Fig. 10.2."),
        ("```{list-table} T\n:header-rows: 1\n* - a\n  - b\n* - 1\n  - 2\n```",
         "**T**\n\n| a | b |\n| --- | --- |\n| 1 | 2 |"),
    ],
)
def test_forms(plain, source, shown):
    assert plain.convert(source) == shown


def test_solution_headings(plain):
    text = plain.convert("```{solution-start} ex-a\n:label: sol-a\n:class: dropdown\n```\nText\n```{solution-end}\n```")
    assert text == "---\n\n#### Solution to exercise 10.4\n\nText\n\n---"


def test_images_are_attached(plain):
    text = plain.convert("```{figure} ../_static/a.svg\n:alt: A dot\n:name: fig-a\nCaption.\n```")
    assert text == "![A dot](attachment:a.svg)\n\n**Fig. 10.2.** Caption."
    assert plain.images == {"a.svg": "../_static/a.svg"}


def test_a_displayed_formula_in_a_quotation_is_one_line():
    assert quoted("Text\n\n$$\na\n+ b\n$$\n\nmore") == "> Text\n>\n> $$ a + b $$\n>\n> more"


@pytest.mark.parametrize(
    ("source", "error", "message"),
    [
        ("```{mermaid}\nx\n```", UnknownDirective, "{mermaid} has no form"),
        ("{samp}`x`", UnknownRole, "{samp}`x`' has no form"),
        ("{ref}`nowhere`", KeyError, "labelled 'nowhere'"),
        ("{cite}`nobody`", KeyError, "no entry 'nobody'"),
        ("{glue:text}`nothing:.2f`", KeyError, "glued the name 'nothing'"),
        ("{glue:text}`scalar:.2f`", ValueError, "glue float(value)"),
        ("{doc}`elsewhere`", KeyError, "no page 'elsewhere'"),
    ],
)
def test_what_cannot_be_shown_stops_the_build(plain, source, error, message):
    with pytest.raises(error) as caught:
        plain.convert(source)
    assert message in str(caught.value)
