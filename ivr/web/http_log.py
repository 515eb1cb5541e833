"""What aiohttp has to say of requests, without what stands in them."""

import logging
from typing import Any

from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web import RequestPayloadError


class HttpLog(logging.LoggerAdapter[logging.Logger]):
    """A request that is no HTTP is its sender's fault, and told in a line: the parser's own account quotes it, with the
    password or the session that stood there."""

    def exception(self, msg: object, *args: object, exc_info: Any = True, **more: Any) -> None:
        if isinstance(exc_info, HttpProcessingError | RequestPayloadError):
            self.info(f"{msg}: %s", *args, type(exc_info).__name__)
        else:
            super().exception(msg, *args, exc_info=exc_info, **more)

