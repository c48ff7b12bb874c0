"""Definitions of state machines: `parse` makes a typed `StateMachine` of the text of one."""

from asl.definition.model import StateMachine
from asl.definition.parser import ParseError, parse

__all__ = ["ParseError", "StateMachine", "parse"]
