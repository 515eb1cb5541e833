"""Does a process still turn its event loop? Asked from outside, over its web server."""

import aiohttp

#: Seconds after which no answer is none.
_PATIENCE_S = 1.0


async def lives(url: str) -> bool:
    """Whatever is said is a sign of life: an error, a refusal, and also a connection that is shut in our face, for a
    process that hangs does not even do that: the machine takes the connection in, and then there is silence."""
    try:
        limit = aiohttp.ClientTimeout(total=_PATIENCE_S)
        async with aiohttp.ClientSession(timeout=limit) as session, session.get(url, allow_redirects=False):
            return True
    except aiohttp.ClientConnectorError:
        return False  # nobody listens
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, aiohttp.ClientResponseError, ConnectionError):
        return True
    except (aiohttp.ClientError, TimeoutError):
        return False
