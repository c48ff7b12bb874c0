"""What does not fit a model, in words that may be shown."""

from pydantic import ValidationError


def problems(error: ValidationError, whole: str) -> list[str]:
    """Each problem as "field: reason", without what was given; `whole` is the name of what has no field."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [f"{'.'.join(map(str, item['loc'])) or whole}: {item['msg']}" for item in found]
