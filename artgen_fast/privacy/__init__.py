"""What single rows of a release tell of the people behind it."""

from __future__ import annotations

from artgen_fast.privacy.release_check import ReleaseCheck, release_check

__all__ = ["ReleaseCheck", "release_check"]
