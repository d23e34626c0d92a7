"""Searches of nearest rows, shared between statistics."""
