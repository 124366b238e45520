"""A limit on requests in progress: more than the machine can answer would pile up."""

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

# A page that waits for its pictures has one; slow uploads hold theirs until their time is over.
MOST_REQUESTS = 256


class RequestLimit:
    """An ASGI middleware that answers 503 at once while too many requests are in progress."""

    def __init__(self, app: ASGIApp, most: int = MOST_REQUESTS) -> None:
        """Limit an app to so many requests at a time."""
        self._app, self._most, self._count = app, most, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif self._count >= self._most:
            text = "busy: too many requests are in progress; try again in a moment"
            # Without it the server would go on to read the body.
            answer = JSONResponse({"error": text}, 503, {"Connection": "close"})
            await answer(scope, receive, send)
        else:
            self._count += 1
            try:
                await self._app(scope, receive, send)
            finally:
                self._count -= 1
