"""What can be wrong with a cloud assembly."""


class AssemblyError(ValueError):
    """The assembly cannot be read, or has not what was asked for; the text says what and where."""
