"""The rules of the points on the desk: said in words, changed section by section, tried out."""

from loyalty.pages.programme import change, page

__all__ = ["change", "page"]
