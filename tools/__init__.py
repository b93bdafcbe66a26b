"""The machine that turns chapters into a site, notebooks and decks; called by the Makefile."""
