"""The two languages that a state's expressions can be written in, behind one protocol."""

from asl.engine.query_language.jsonata import JSONata
from asl.engine.query_language.jsonpath import JSONPath
from asl.engine.query_language.protocol import DataFlow, Evaluate, QueryLanguage

JSONATA: QueryLanguage = JSONata()
JSONPATH: QueryLanguage = JSONPath()

__all__ = ["JSONATA", "JSONPATH", "DataFlow", "Evaluate", "QueryLanguage"]
