"""`arn:aws:states:::sqs:sendMessage`. A message body that is not a text is sent as its JSON text.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-sqs.html
"""

from typing import Final

from asl.integrations.optimized import OptimizedService

SQS: Final = OptimizedService(
    name="sqs",
    sdk_name="sqs",
    error_class="SQS",
    service_title="AmazonSQS",
    base_exception="AmazonSQSException",
    actions=frozenset({"sendMessage", "sendMessage.waitForTaskToken"}),
)
