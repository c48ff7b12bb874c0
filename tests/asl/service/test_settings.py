"""The environment variables of Step Functions Local."""

from __future__ import annotations

import pytest

from asl.service.settings import Settings, SettingsError, read_settings


def test_without_variables_the_defaults_hold() -> None:
    assert read_settings({}) == Settings("123456789012", "us-east-1", 1.0, {})


def test_variables_are_read() -> None:
    environment = {
        "AWS_ACCOUNT_ID": "111122223333",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "WAIT_TIME_SCALE": "0.1",
        "LAMBDA_ENDPOINT": "http://localhost:4566",
        "STEP_FUNCTIONS_ENDPOINT": "http://localhost:8083",
        "SQS_ENDPOINT": "",
    }
    endpoints = {"lambda": "http://localhost:4566", "states": "http://localhost:8083"}
    assert read_settings(environment) == Settings("111122223333", "eu-west-1", 0.1, endpoints)


def test_the_endpoint_of_a_service_is_its_own_or_else_that_of_all() -> None:
    settings = read_settings(
        {
            "AWS_ENDPOINT_URL": "http://localhost:1",
            "AWS_ENDPOINT_URL_SECRETS_MANAGER": "http://localhost:2",
            "AWS_ENDPOINT_URL_SQS": "http://localhost:3",
            "SQS_ENDPOINT": "http://localhost:4",
            "EVENTBRIDGE_ENDPOINT": "http://localhost:5",
        }
    )
    services = ("lambda", "s3", "secretsmanager", "sqs", "eventbridge")
    assert [settings.endpoint_of(service) for service in services] == [f"http://localhost:{n}" for n in (1, 1, 2, 4, 5)]


def test_without_an_endpoint_there_is_none() -> None:
    assert read_settings({"AWS_ENDPOINT_URL": "", "AWS_ENDPOINT_URL_S3": ""}).endpoint_of("s3") is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_ACCOUNT_ID", "test"),
        ("AWS_DEFAULT_REGION", "US EAST"),
        ("WAIT_TIME_SCALE", "fast"),
        ("WAIT_TIME_SCALE", "-1"),
        ("WAIT_TIME_SCALE", "nan"),
        ("LAMBDA_ENDPOINT", "localhost"),
        ("SQS_ENDPOINT", "http://[::1"),
        ("AWS_ENDPOINT_URL", "localhost:4566"),
        ("AWS_ENDPOINT_URL_S3", "s3"),
    ],
)
def test_a_variable_that_makes_no_sense_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        read_settings({name: value})
