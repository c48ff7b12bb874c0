"""`arn:aws:states:::dynamodb:getItem`, `putItem`, `updateItem` and `deleteItem`.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-ddb.html
"""

from typing import Final

from asl.integrations.optimized import OptimizedService

DYNAMODB: Final = OptimizedService(
    name="dynamodb",
    sdk_name="dynamodb",
    error_class="DynamoDB",
    service_title="AmazonDynamoDBv2",
    base_exception="AmazonDynamoDBException",
    actions=frozenset({"getItem", "putItem", "updateItem", "deleteItem"}),
)
