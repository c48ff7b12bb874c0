"""HTTP APIs of the embedded AWS: what functions behind them are told of the path.

On AWS a named stage begins the path that a function gets, as it began the path of the request; MiniStack leaves it out.
Powertools takes the stage off, so a function that routes on its event would find nothing there.

See https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

from typing import Any, Final

from ministack.services import apigateway

DEFAULT_STAGE: Final = "$default"


def install() -> None:
    """Have the path of an event begin with its stage."""
    invoke = apigateway._invoke_lambda_proxy  # noqa: SLF001 - the seam

    async def with_stage(integration: Any, api_id: str, stage: str, path: str, *rest: Any, **more: Any) -> Any:
        whole = path if stage == DEFAULT_STAGE else f"/{stage}{path}"
        return await invoke(integration, api_id, stage, whole, *rest, **more)

    apigateway._invoke_lambda_proxy = with_stage  # noqa: SLF001 - the seam
