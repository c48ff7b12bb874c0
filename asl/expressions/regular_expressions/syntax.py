"""The standard library's parser of regular expressions, which has no public name since Python 3.11.

Its tree is a list of pairs (operator, argument); `tests/asl/expressions/test_regular_expressions.py` fails when it
changes.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

syntax: Any = import_module("re._parser")
