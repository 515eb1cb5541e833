"""What a request can be refused for: a stable `error_id` for programs, words for people."""

from collections.abc import Mapping

from aiohttp import web
from pydantic import BaseModel, Field

#: Words in one language, or by language.
Words = str | Mapping[str, str]


class WebFault(Exception):
    """A request is refused with `status` and {"error_id", "message", "fields"?}.

    `words`: one text, or texts by language ({"ru": …, "en": …}). `fields`: name of a field -> what is wrong with it.
    """

    def __init__(
        self,
        error_id: str,
        status: int,
        words: Words,
        fields: Mapping[str, Words] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(error_id)
        self.error_id, self.status, self.words = error_id, status, words
        self.fields, self.headers = fields or {}, headers or {}
        #: The reader's, once it is known.
        self.language = ""

    def response(self, language: str) -> web.Response:
        """The answer to the browser, in `language`."""
        fields = {name: said(words, language) for name, words in self.fields.items()}
        body = Refusal(error_id=self.error_id, message=said(self.words, language), fields=fields or None)
        return web.json_response(
            text=body.model_dump_json(exclude_none=True), status=self.status, headers=dict(self.headers)
        )


class Refusal(BaseModel):
    """The body of every refusal."""

    error_id: str = Field(examples=["bad_body"])
    message: str = Field(examples=["Please check the fields."])
    fields: dict[str, str] | None = Field(default=None, examples=[{"text": "is needed"}])


def said(words: Words, language: str) -> str:
    """The words in `language`, else in any."""
    return words if isinstance(words, str) else words.get(language) or next(iter(words.values()))
