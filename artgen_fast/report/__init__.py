"""The report of an evaluation: one self-contained HTML page, and its figures as files."""

from artgen_fast.report.figures import write_figures
from artgen_fast.report.page import write_report

__all__ = ["write_figures", "write_report"]
