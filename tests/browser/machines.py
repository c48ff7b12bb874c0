"""Definitions that the campaign's state machine gets for a while, to show what the campaign itself never does."""

from typing import Any, Final

PARAMETER: Final = "/baton/test/price-list"

ORDERS: Final[dict[str, Any]] = {
    "StartAt": "Fulfil",
    "States": {
        "Fulfil": {
            "Type": "Parallel",
            "End": True,
            "Branches": [
                {"StartAt": "Charge", "States": {"Charge": {"Type": "Pass", "End": True}}},
                {
                    "StartAt": "Pack",
                    "States": {
                        "Pack": {
                            "Type": "Map",
                            "ItemsPath": "$.items",
                            "MaxConcurrency": 1,
                            "ItemProcessor": {
                                "StartAt": "In stock?",
                                "States": {
                                    "In stock?": {
                                        "Type": "Choice",
                                        "Choices": [{"Variable": "$.stock", "NumericGreaterThan": 0, "Next": "Pick"}],
                                        "Default": "Order more",
                                    },
                                    "Order more": {"Type": "Pass", "Next": "Pick"},
                                    "Pick": {"Type": "Pass", "End": True},
                                },
                            },
                            "End": True,
                        }
                    },
                },
            ],
        }
    },
}
"""Items as `{"stock": 0}`; all of it runs in a moment."""

PRICES: Final[dict[str, Any]] = {
    "StartAt": "Read prices",
    "States": {
        "Read prices": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:ssm:getParameter",
            "Parameters": {"Name": PARAMETER},
            "Next": "Done",
        },
        "Done": {"Type": "Succeed"},
    },
}
"""Fails until there is a parameter of this name."""
