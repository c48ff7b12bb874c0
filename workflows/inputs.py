"""What executions can be started with by hand: per workflow its contract and an example."""

import json
import uuid
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError

from workflows.email_campaign.contract import EmailCampaignInput, InvalidRequest

_EMAIL_CAMPAIGN = Path(__file__).with_name("email_campaign") / "example_event.json"


class InputContract(NamedTuple):
    """What an execution takes. `event` is the file with the event that the example is made of."""

    model: type[BaseModel]
    event: Path

    def example(self) -> dict[str, Any]:
        """An input that fits, for a request that nobody has made before."""
        request = {**json.loads(self.event.read_text()), "request_id": f"by-hand-{uuid.uuid4().hex[:12]}"}
        return {"request": request, "event_id": "by-hand", "replays": ""}

    def schema(self) -> dict[str, Any]:
        """The JSON Schema of what fits. A few rules are not in it, so what fits the schema may still have problems."""
        return self.model.model_json_schema()

    def problems(self, given: dict[str, Any]) -> tuple[str, ...]:
        """What of an input does not fit, each as "field: reason"; empty where all does."""
        try:
            self.model.model_validate(given)
        except ValidationError as error:
            return InvalidRequest.from_validation(error).problems
        return ()


INPUTS = {"email-campaign": InputContract(EmailCampaignInput, _EMAIL_CAMPAIGN)}
