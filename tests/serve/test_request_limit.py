"""Requests beyond a number in progress are refused at once, and taken again afterward."""

import asyncio

import pytest

pytest.importorskip("gradio", reason="needs the extra web")

from colorizer_tf.serve.request_limit import RequestLimit


def test_requests_beyond_the_limit_are_told_that_it_is_busy():
    async def run():
        done, statuses = asyncio.Event(), []

        async def app(_scope, _receive, send):
            await done.wait()
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b""})

        async def send(message):
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        limited, scope = RequestLimit(app, 2), {"type": "http", "method": "GET", "path": "/"}
        waiting = [asyncio.create_task(limited(scope, receive, send)) for _ in range(2)]
        await asyncio.sleep(0)
        await limited(scope, receive, send)
        assert statuses == [503]
        done.set()
        await asyncio.gather(*waiting)
        await limited(scope, receive, send)
        assert statuses == [503, 200, 200, 200]

    asyncio.run(run())
