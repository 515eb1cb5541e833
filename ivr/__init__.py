"""A 24/7 support hotline as an IVR application on Asterisk."""

__version__ = "0.1.0"
