"""Lossland: glasses, symmetries and noise in the loss landscapes of deep learning.

The package behind the book.  Importing it loads nothing heavy; import the domain that you need, for
instance ``from lossland import signal_propagation``.
"""

__version__ = "0.1.0"
