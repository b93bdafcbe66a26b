"""Take retired ARIA roles off the bibliography: docutils still writes ``doc-biblioentry``."""

RETIRED = ((' role="doc-biblioentry"', ""), ('<div role="list" class="citation-list">', '<div class="citation-list">'))


def drop_retired_roles(app, pagename, templatename, context, doctree) -> None:
    """Mend the text of a page that has a bibliography."""
    if "citation-list" in context.get("body", ""):
        for old, new in RETIRED:
            context["body"] = context["body"].replace(old, new)


def setup(app):
    """Register with Sphinx."""
    app.connect("html-page-context", drop_retired_roles)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
