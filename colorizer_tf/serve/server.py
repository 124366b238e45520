"""Models and options in; page and API on a socket until the process is told to stop."""

import contextlib
import logging
import os
import signal
import socket
from collections.abc import Sequence
from types import FrameType
from typing import Any

from colorizer_tf.base.errors import ColorizerError, UsageError
from colorizer_tf.inference.colorizer import Colorizer
from colorizer_tf.serve.options import ServeOptions
from colorizer_tf.serve.request_limit import RequestLimit
from colorizer_tf.serve.service import ColorizeService
from colorizer_tf.serve.session_files import SessionFiles, temporary_session_files

# How long open connections may delay the shutdown.
_SHUTDOWN_SECONDS = 2
_FORM_BYTES = 2**20
# Visitors whose page is remembered at a time, the latest ones: 0.25 MB each.
_SESSIONS = 200
# So much later than Gradio, which deletes the files that it has registered, all others are deleted.
_DELETION_DELAY = 120.0


def build_app(service: ColorizeService, files: SessionFiles) -> Any:
    """The ASGI app of page and API.

    Args:
        service: colors the photos.
        files: holds the page's uploads and results.

    Raises:
        ColorizerError: if the extra `web` is not installed.
    """
    # Gradio reads these as it is imported and when it makes components.
    os.environ |= {
        "GRADIO_TEMP_DIR": str(files.folder),
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
    from colorizer_tf.serve.access import AccessControl
    from colorizer_tf.serve.api import add_api
    from colorizer_tf.serve.hints_page import add_hints_page
    from colorizer_tf.serve.page import HEAD, STYLE, build_page, theme
    from colorizer_tf.serve.uploads import UploadRate

    options = service.options
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")
    add_api(app, service, files)
    add_hints_page(app)
    page = build_page(service, files)
    page.state_session_capacity = _SESSIONS
    gradio.mount_gradio_app(
        app,
        page,
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
    files.keep_existing()
    max_upload = options.max_photos * options.max_bytes + _FORM_BYTES
    return RequestLimit(UploadRate(AccessControl(app, files, options.host, max_upload)))


def serve(colorizers: Sequence[Colorizer], options: ServeOptions) -> None:
    """Serve page and API until Ctrl-C or SIGTERM; prints the address.

    Args:
        colorizers: the models to choose from; the first is the default.
        options: where to listen, and limits.

    Raises:
        ColorizerError: if nothing can listen there, or the extra `web` is not installed.
    """
    service = ColorizeService(colorizers, options)
    keep = options.keep_minutes * 60
    delete_after = keep + min(keep, _DELETION_DELAY)
    with temporary_session_files(delete_after) as files, _listening(options) as bound:
        app = build_app(service, files)
        import uvicorn

        # It logs a line for each form that is not well formed.
        logging.getLogger("python_multipart").setLevel(logging.ERROR)
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, timeout_graceful_shutdown=_SHUTDOWN_SECONDS
        )
        print(_greeting(service, bound), flush=True)  # noqa: T201 - a command's answer
        # uvicorn raises the signal again after its shutdown: by default that would end the process
        # before the folder is removed.
        signal.signal(signal.SIGTERM, _interrupt)
        with contextlib.suppress(KeyboardInterrupt), files.deleting_expired():
            uvicorn.Server(config).run(sockets=[bound])
        service.close()


def _interrupt(_: int, __: FrameType | None) -> None:
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


def _greeting(service: ColorizeService, bound: socket.socket) -> str:
    host, port = bound.getsockname()[:2]
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    return (
        f"{' and '.join(service.models)} on {address}\n"
        f"over HTTP: curl --data-binary @photo.jpg {address}/api/colorize -o colored.jpg\n"
        "Ctrl-C ends it"
    )
