"""Panels as statistics take them: checked, of equal sizes, in groups of persons."""
