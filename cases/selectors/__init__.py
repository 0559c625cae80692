"""Reads: each returns a QuerySet or a frozen dataclass and never writes."""
