"""What goes wrong while starting, in words for the person at the terminal."""


class StackError(Exception):
    """The stack cannot go on; the message says what to do."""
