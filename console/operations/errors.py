"""What can stand in the way of an operator."""


class OperationRefused(Exception):  # noqa: N818 - an answer to a person, not a defect
    """The operation can't be done. `what_to_do` is the next step, or ""."""

    def __init__(self, reason: str, what_to_do: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.what_to_do = what_to_do


class NotThere(OperationRefused):
    """What the operation is about is not there, or not any more."""


class InputRefused(OperationRefused):
    """What the operation was given does not fit. `problems` say of each field what is wrong, as "field: reason"."""

    def __init__(self, reason: str, what_to_do: str, problems: tuple[str, ...]) -> None:
        super().__init__(reason, what_to_do)
        self.problems = problems
