"""Activities: create, describe, list and delete them, and hand their tasks to workers that poll.

See https://docs.aws.amazon.com/step-functions/latest/dg/concepts-activities.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from asl.service.configuration import checked_encryption, merged_tags
from asl.service.errors import ApiError, activity_does_not_exist
from asl.service.identifiers import ACTIVITY, check_name, parse_arn
from asl.service.paging import page, paged_answer
from asl.service.store import StoredActivity

if TYPE_CHECKING:
    from asl.service.call import Answer, Call

LONG_POLL_SECONDS: Final = 60.0


def create_activity(call: Call) -> Answer:
    """Create an activity; a request that repeats an earlier one gets the earlier answer."""
    request = call.request
    check_name(request["name"])
    arn = call.account.arn(ACTIVITY, request["name"])
    encryption = checked_encryption(request.get("encryptionConfiguration", {}))
    activity = call.account.activities.get(arn)
    if activity is None:
        activity = StoredActivity(
            arn=arn,
            name=request["name"],
            number=call.account.next_number(),
            created=call.service.now(),
            encryption=encryption,
            tags=merged_tags(arn, {}, request.get("tags", [])),
        )
        call.account.activities[arn] = activity
        call.service.engine.create_activity(arn)
    elif activity.encryption != encryption:
        raise ApiError("ActivityAlreadyExists", f"Activity Already Exists: '{arn}'")
    return {"activityArn": arn, "creationDate": activity.created}


def describe_activity(call: Call) -> Answer:
    """Describe an activity."""
    activity = _find(call)
    return {**_item(activity), "encryptionConfiguration": activity.encryption}


def list_activities(call: Call) -> Answer:
    """List the activities of the account, in the order of their creation."""
    activities = call.account.activities.values()
    found, token = page(activities, lambda activity: activity.number, call.request, "activities")
    return paged_answer("activities", [_item(activity) for activity in found], token)


def delete_activity(call: Call) -> Answer:
    """Delete an activity; one that does not exist is as good as deleted."""
    text = call.request["activityArn"]
    parse_arn(text, ACTIVITY)
    if call.account.activities.pop(text, None) is not None:
        call.service.engine.delete_activity(text)
    return {}


async def get_activity_task(call: Call) -> Answer:
    """Wait up to a minute for a task of the activity; an empty answer means that there was none."""
    activity = _find(call)
    engine, worker = call.service.engine, call.request.get("workerName")
    polling = engine.get_activity_task(activity.arn, worker, LONG_POLL_SECONDS)
    task = await call.service.until_closing(polling)
    return {} if task is None else {"taskToken": task.task_token, "input": task.input}


def _find(call: Call) -> StoredActivity:
    text = call.request["activityArn"]
    parse_arn(text, ACTIVITY)
    activity = call.account.activities.get(text)
    if activity is None:
        raise activity_does_not_exist(text)
    return activity


def _item(activity: StoredActivity) -> Answer:
    return {"activityArn": activity.arn, "name": activity.name, "creationDate": activity.created}
