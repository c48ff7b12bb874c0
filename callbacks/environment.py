"""The environment variables of a Lambda function, read as a model."""

import os
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError


class EnvironmentIncompleteError(Exception):
    """Environment variables of the function are missing; the stack that deploys it has to set them."""

    def __init__(self, variables: tuple[str, ...]) -> None:
        super().__init__(f"environment variables are not set: {', '.join(variables)}; the function's stack sets them")
        self.variables = variables


class Environment(BaseModel):
    """Base of a function's environment: the field `mailbox_table` is the variable `MAILBOX_TABLE`."""

    model_config = ConfigDict(frozen=True, alias_generator=str.upper, str_min_length=1)

    @classmethod
    def read(cls) -> Self:
        """Read the process's environment. Raises `EnvironmentIncompleteError`, which names what is missing."""
        try:
            return cls.model_validate(dict(os.environ))
        except ValidationError as error:
            missing = tuple(str(item["loc"][0]) for item in error.errors(include_input=False, include_url=False))
            raise EnvironmentIncompleteError(missing) from None
