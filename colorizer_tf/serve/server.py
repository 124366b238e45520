"""The server: page and API in one app, on a socket, with a scratch folder of its own."""

import contextlib
import os
import signal
import socket
from collections.abc import Sequence
from types import FrameType
from typing import Any

from colorizer_tf.base.errors import ColorizerError, UsageError
from colorizer_tf.inference.colorizer import Colorizer
from colorizer_tf.serve.options import ServeOptions
from colorizer_tf.serve.scratch import Scratch, scratch_folder
from colorizer_tf.serve.studio import Studio

# How long open pages may hold up the end.
_LAST_SECONDS = 2
_FORM_BYTES = 2**20
# Gradio deletes what it knows of; what it does not, as halves of uploads, goes this much later.
_LATER_SECONDS = 120.0


def build_app(studio: Studio, scratch: Scratch) -> Any:
    """The ASGI app of page and API.

    Args:
        studio: colors the photos.
        scratch: holds what the page's visitors send and get.

    Raises:
        ColorizerError: if the extra `web` is not installed.
    """
    # Read when Gradio makes its components, and as it is imported.
    os.environ |= {
        "GRADIO_TEMP_DIR": str(scratch.folder),
        "GRADIO_ANALYTICS_ENABLED": "False",
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }
    try:
        import gradio
        from fastapi import FastAPI
    except ImportError as error:
        raise ColorizerError(
            f"serve needs {error.name}, which is not installed: pip install 'colorizer-tf[web]'"
        ) from None
    from colorizer_tf.serve.api import add_api
    from colorizer_tf.serve.guard import Guard
    from colorizer_tf.serve.page import HEAD, STYLE, build_page, theme
    from colorizer_tf.serve.uploads import UploadRate

    options = studio.options
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")
    add_api(app, studio)
    gradio.mount_gradio_app(
        app,
        build_page(studio, scratch),
        path="/",
        server_name=options.host,
        server_port=options.port,
        footer_links=[],
        run_history=False,
        show_error=False,
        max_file_size=options.max_bytes,
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        theme=theme(),
        css=STYLE,
        head=HEAD,
    )
    scratch.keep_for_good()
    max_upload = options.max_photos * options.max_bytes + _FORM_BYTES
    return UploadRate(Guard(app, scratch, options.host, max_upload))


def serve(colorizers: Sequence[Colorizer], options: ServeOptions) -> None:
    """Serve page and API until Ctrl-C or SIGTERM; says where.

    Args:
        colorizers: the models to choose from; the first is the default.
        options: where to listen, and limits.

    Raises:
        ColorizerError: if nothing can listen there, or the extra `web` is not installed.
    """
    studio = Studio(colorizers, options)
    keep = options.keep_minutes * 60
    swept_after = keep + min(keep, _LATER_SECONDS)
    with scratch_folder(swept_after) as scratch, _listening(options) as bound:
        app = build_app(studio, scratch)
        import uvicorn

        config = uvicorn.Config(
            app, log_level="warning", access_log=False, timeout_graceful_shutdown=_LAST_SECONDS
        )
        print(_greeting(studio, bound), flush=True)  # noqa: T201 - a command's answer
        # uvicorn sends itself the signal again when it is done: by default that would end the
        # process before the folder is removed.
        signal.signal(signal.SIGTERM, _leave)
        with contextlib.suppress(KeyboardInterrupt), scratch.swept():
            uvicorn.Server(config).run(sockets=[bound])
        studio.close()


def _leave(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt


def _listening(options: ServeOptions) -> socket.socket:
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((options.host, options.port))
        bound.listen()
    except OSError as error:
        bound.close()
        raise UsageError(
            f"cannot listen on {options.host} port {options.port}: "
            f"{(error.strerror or str(error)).lower()}; choose another one with --port, or --port 0"
        ) from None
    return bound


def _greeting(studio: Studio, bound: socket.socket) -> str:
    host, port = bound.getsockname()[:2]
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    return (
        f"{' and '.join(studio.models)} on {address}\n"
        f"over HTTP: curl --data-binary @photo.jpg {address}/api/colorize -o colored.jpg\n"
        "Ctrl-C ends it"
    )
