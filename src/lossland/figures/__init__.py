"""Arrays and records in, axes out: the only place of the package that imports matplotlib or plotly."""
