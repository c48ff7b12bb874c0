"""What operators can do, for the operations API and the `baton` command alike.

It speaks to AWS through the clients that it is given, raises `OperationRefused` for what can't be done, with the
reason, and says nothing of a task token.
"""

from console.operations.errors import InputRefused, NotThere, OperationRefused

__all__ = ["InputRefused", "NotThere", "OperationRefused"]
