"""Measuring, with the floor beside it."""
