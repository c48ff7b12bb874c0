"""Where the local cloud reaches into MiniStack. These tests fail when an upgrade of MiniStack moves a seam."""

import ast
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from local.embedded_aws import cloudformation, seams
from local.embedded_aws.seams import SEAMS, Seam, SeamError
from local.embedded_aws.step_functions import PROVIDED

REPLACED = "stepfunctions"
# What only MiniStack's own handlers of the resource types that we replace use.
USED_BY_REPLACED_HANDLERS = {
    "_ENCRYPTION_TYPES",
    "_default_encryption",
    "_encryption_configuration_error",
    "_stored_encryption",
    "_tag_resource",
    "_tags",
    "_untag_resource",
    "_update_state_machine",
}


@pytest.mark.parametrize("seam", SEAMS, ids=lambda seam: seam.name)
def test_ministack_has_what_we_reach_for(seam: Seam) -> None:
    seams.check([seam])


@pytest.mark.parametrize(
    ("seam", "told"),
    [
        (Seam("ministack.core.gone", "anything", "x.py"), "No module named"),
        (Seam("ministack.core.responses", "gone", "x.py"), "has no attribute 'gone'"),
        (Seam("ministack.core.responses", "get_region", "x.py", ("account",)), "its parameters are (), not (account)"),
        (Seam("ministack.app", "SERVICE_REGISTRY", "x.py", entries=("states", "moon")), "it lacks moon"),
        (Seam("ministack.app", "SERVICE_REGISTRY", "x.py", ()), "no longer a function but dict"),
    ],
)
def test_a_seam_that_moved_is_told_with_where_to_look(seam: Seam, told: str) -> None:
    with pytest.raises(SeamError) as caught:
        seams.check([seam])
    assert told in str(caught.value)
    assert f"{seam.module}.{seam.name}" in str(caught.value)
    assert "local/embedded_aws/x.py" in str(caught.value)


def test_ministack_uses_nothing_of_its_step_functions_that_ours_lacks() -> None:
    used = set(names_used_of(REPLACED))
    assert "_start_execution" in used, "the search finds nothing: how does MiniStack start executions now?"
    assert used - PROVIDED - USED_BY_REPLACED_HANDLERS == set()


def test_the_resource_types_are_ours() -> None:
    assert cloudformation.STATE_MACHINE == seams.STATE_MACHINE


def names_used_of(module: str) -> Iterator[str]:
    """The names that MiniStack's modules use of one of its services."""
    spec = find_spec("ministack")
    assert spec is not None
    assert spec.origin is not None
    for path in Path(spec.origin).parent.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if module in text and path.stem != module:
            yield from _names(ast.parse(text), module)


def _names(tree: ast.Module, module: str) -> Iterator[str]:
    aliases = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
        if alias.name in (module, f"ministack.services.{module}")
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in aliases:
            yield node.attr
        if isinstance(node, ast.ImportFrom) and node.module == f"ministack.services.{module}":
            yield from (alias.name for alias in node.names)
