"""`arn:aws:states:::sns:publish`. A message that is not a text is sent as its JSON text.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-sns.html
"""

from typing import Final

from asl.integrations.optimized import OptimizedService

SNS: Final = OptimizedService(
    name="sns",
    sdk_name="sns",
    error_class="SNS",
    service_title="AmazonSNS",
    base_exception="AmazonSNSException",
    actions=frozenset({"publish", "publish.waitForTaskToken"}),
)
