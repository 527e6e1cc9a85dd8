"""Requests that are sent again after the connection broke: only those that may be done twice."""

from __future__ import annotations

from slack_sdk.http_retry.builtin_async_handlers import AsyncConnectionErrorRetryHandler
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState

ONCE = (
    "chat.postMessage",
    "conversations.create",
    "files.completeUploadExternal",
    "views.open",
)
"""Methods that make something new each time; whoever calls them knows what to do."""


class Harmlessly(AsyncConnectionErrorRetryHandler):
    """The SDK's own handler, but for ONCE: a lost answer does not mean that nothing was done."""

    async def _can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        if request.url.endswith(ONCE):
            return False
        return await super()._can_retry_async(
            state=state, request=request, response=response, error=error
        )
