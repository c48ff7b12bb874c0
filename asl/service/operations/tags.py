"""Tags of state machines and activities.

See https://docs.aws.amazon.com/step-functions/latest/apireference/API_TagResource.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asl.service.configuration import merged_tags
from asl.service.errors import resource_not_found
from asl.service.identifiers import ACTIVITY, STATE_MACHINE, parse_arn

if TYPE_CHECKING:
    from asl.service.call import Answer, Call
    from asl.service.store import StoredActivity, StoredStateMachine


def tag_resource(call: Call) -> Answer:
    """Put tags on a resource; a tag that it has gets the new value."""
    resource = _find(call)
    resource.tags = merged_tags(resource.arn, resource.tags, call.request["tags"])
    return {}


def untag_resource(call: Call) -> Answer:
    """Take tags off a resource; what it does not have is passed over."""
    resource = _find(call)
    resource.tags = {key: value for key, value in resource.tags.items() if key not in call.request["tagKeys"]}
    return {}


def list_tags_for_resource(call: Call) -> Answer:
    """List the tags of a resource."""
    return {"tags": [{"key": key, "value": value} for key, value in _find(call).tags.items()]}


def _find(call: Call) -> StoredStateMachine | StoredActivity:
    text = call.request["resourceArn"]
    arn = parse_arn(text, STATE_MACHINE, ACTIVITY)
    found = call.account.activities.get(text) if arn.type == ACTIVITY else call.account.machine(text)
    if found is None:
        raise resource_not_found(text)
    return found
