"""ARNs and names: what is taken, and what is said of the rest."""

from __future__ import annotations

import pytest

from asl.service.errors import ApiError
from asl.service.identifiers import ACTIVITY, EXECUTION, check_name, parse_arn, state_machine_arn

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:orders"


def refusal(text: str, *types: str) -> str:
    with pytest.raises(ApiError) as refused:
        parse_arn(text, *types)
    assert refused.value.code == "InvalidArn"
    return refused.value.message


def test_a_qualified_arn_names_its_state_machine() -> None:
    arn = state_machine_arn(f"{MACHINE}:7")
    assert (arn.unqualified, arn.qualifier) == (MACHINE, "7")


def test_what_does_not_begin_as_an_arn_is_told_apart() -> None:
    assert refusal("orders", ACTIVITY) == "Invalid Arn: 'Invalid ARN prefix: orders'"


def test_an_arn_of_another_kind_of_resource_is_refused() -> None:
    assert refusal(MACHINE, EXECUTION) == "Invalid Arn: 'Resource type not valid in this context: stateMachine'"


@pytest.mark.parametrize(
    "text", ["arn:", "arn:aws:lambda:us-east-1:123456789012:function:f", f"{MACHINE}:1:2", f"{MACHINE}:"]
)
def test_a_malformed_arn_is_quoted(text: str) -> None:
    assert refusal(text, "stateMachine") == f"Invalid Arn: '{text}'"


@pytest.mark.parametrize("character", ' <>{}[]?*"#%\\^|~`$&,;:/\x00\x1f\x7f\x9f\ufffe\ud800')
def test_a_name_may_not_have(character: str) -> None:
    with pytest.raises(ApiError) as refused:
        check_name(f"a{character}b")
    assert refused.value.message == f"Invalid Name: 'a{character}b'"


@pytest.mark.parametrize("name", ["orders", "Orders-2.1_b", "заказ", "a=b", "a@b+c"])
def test_a_name_may_have_any_other_character(name: str) -> None:
    check_name(name)
