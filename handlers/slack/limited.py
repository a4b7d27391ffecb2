"""Of an answer no more is read than a bound: a few kilobytes may be compressed, and inflate to gigabytes."""

import aiohttp

from bot.api.http import MAX_ANSWER


class TooLargeError(aiohttp.ClientPayloadError):
    def __init__(self) -> None:
        super().__init__("the answer is larger than 2 MB")


class LimitedResponse(aiohttp.ClientResponse):
    """For a session's `response_class`. aiohttp inflates as much as is read, and no more."""

    async def read(self) -> bytes:
        if self._body is None:
            content = bytearray()
            try:
                async for chunk in self.content.iter_any():
                    content += chunk
                    if len(content) > MAX_ANSWER:
                        raise TooLargeError  # noqa: TRY301 - the same way out
            except BaseException:
                self.close()  # as aiohttp's own does
                raise
            self._body = bytes(content)
        return await super().read()
