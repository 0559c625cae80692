"""One module owns each decision: the life-cycle the status, access the rows, storage S3."""

import ast
from collections.abc import Callable
from pathlib import Path

from tests.conventions.tree import PACKAGES, name, parsed, python_files

PORTAL = tuple(package for package in PACKAGES if package != "stack")


def places(paths: list[Path], is_wrong: Callable[[ast.AST], bool]) -> list[str]:
    return [
        f"{name(path)}:{getattr(node, 'lineno', 0)}"
        for path in paths
        for node in ast.walk(parsed(path))
        if is_wrong(node)
    ]


def writes_status(node: ast.AST) -> bool:
    """Match `case.status = ...` and `.update(status=...)`, `.create(status=...)` of a case."""
    if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return any(map(is_a_rows_status, targets))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        writes = node.func.attr in {"update", "create", "bulk_create", "get_or_create"}
        return writes and any(keyword.arg == "status" for keyword in node.keywords)
    return False


def is_a_rows_status(target: ast.expr) -> bool:
    own = isinstance(target, ast.Attribute) and ast.unparse(target.value) == "self"
    return isinstance(target, ast.Attribute) and target.attr == "status" and not own


def queries(node: ast.AST) -> bool:
    """Match `Model.objects` and `Model._default_manager`."""
    return isinstance(node, ast.Attribute) and node.attr in {"objects", "_default_manager"}


def imports(*modules: str) -> Callable[[ast.AST], bool]:
    def is_import(node: ast.AST) -> bool:
        if isinstance(node, ast.Import):
            return any(alias.name.split(".")[0] in modules for alias in node.names)
        return isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in modules

    return is_import


def test_only_the_life_cycle_writes_a_status():
    paths = [path for path in python_files(*PORTAL) if name(path) != "cases/lifecycle.py"]
    assert places(paths, writes_status) == []


def test_views_fetch_rows_only_through_access_and_selectors():
    views = [
        path
        for path in python_files("cases", "radiologists", "dicomweb")
        if "views" in path.parts or path.stem == "views"
    ]
    assert views
    assert places(views, queries) == []


def test_only_storage_speaks_to_s3():
    allowed = {"cases/storage.py", "portal/health.py", "portal/management/commands/make_buckets.py"}
    paths = [path for path in python_files(*PORTAL) if name(path) not in allowed]
    assert places(paths, imports("boto3", "botocore", "s3transfer")) == []


def test_no_signals_and_no_save_overrides():
    """Nothing happens behind the reader's back."""
    paths = [path for path in python_files(*PORTAL) if name(path) != "portal/celery.py"]

    def overrides_save(node: ast.AST) -> bool:
        return isinstance(node, ast.ClassDef) and any(
            isinstance(item, ast.FunctionDef) and item.name == "save" and is_model(node)
            for item in node.body
        )

    def is_model(node: ast.ClassDef) -> bool:
        return any(
            "Model" in ast.unparse(base) and "Form" not in ast.unparse(base) for base in node.bases
        )

    def receives_signal(node: ast.AST) -> bool:
        return isinstance(node, ast.ImportFrom) and node.module == "django.dispatch"

    assert places(paths, overrides_save) == []
    assert places(paths, receives_signal) == []
