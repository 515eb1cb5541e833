"""Bodies and queries become models, or a refusal that names each field in the reader's language."""

from typing import Any

from aiohttp import web
from pydantic import BaseModel, ValidationError

from ivr.web.faults import WebFault, Words

_WORDS: dict[str, Words] = {
    "missing": {"ru": "нужно заполнить", "en": "is needed"},
    "extra_forbidden": {"ru": "такого поля нет", "en": "there is no such field"},
    "string_too_short": {"ru": "слишком коротко", "en": "is too short"},
    "string_too_long": {"ru": "слишком длинно", "en": "is too long"},
    "string_pattern_mismatch": {"ru": "записано не так", "en": "is not written this way"},
    "string_type": {"ru": "нужен текст", "en": "must be a text"},
    "literal_error": {"ru": "нет такого значения", "en": "is none of the values allowed"},
    "enum": {"ru": "нет такого значения", "en": "is none of the values allowed"},
    "int_type": {"ru": "нужно целое число", "en": "must be a whole number"},
    "int_parsing": {"ru": "нужно целое число", "en": "must be a whole number"},
    "bool_type": {"ru": "да или нет", "en": "must be true or false"},
    "greater_than_equal": {"ru": "слишком мало", "en": "is too small"},
    "less_than_equal": {"ru": "слишком много", "en": "is too large"},
    "timezone_aware": {"ru": "нужно время со смещением", "en": "must be a time with its offset"},
    "datetime_parsing": {"ru": "нужно время (ISO 8601)", "en": "must be a time (ISO 8601)"},
}
_OTHER: Words = {"ru": "не подходит", "en": "is not valid"}


async def read_body(request: web.Request, model: type[BaseModel]) -> BaseModel:
    """The JSON body as `model`. Raises `WebFault`: 400, 413 or 415."""
    if request.content_type != "application/json":
        raise WebFault("not_json", 415, {"ru": "Нужен JSON.", "en": "Send JSON."})
    try:
        raw = await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise WebFault("too_large", 413, {"ru": "Слишком много данных.", "en": "That is too much data."}) from None
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise _fault(error, "bad_body") from None


def read_query(request: web.Request, model: type[BaseModel]) -> BaseModel:
    """The query string as `model`; a name given several times is a list. Raises `WebFault` 400."""
    values: dict[str, Any] = {}
    for name in request.query:
        given = request.query.getall(name)
        values[name] = given if len(given) > 1 else given[0]
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise _fault(error, "bad_query") from None


def _fault(error: ValidationError, error_id: str) -> WebFault:
    fields: dict[str, Words] = {}
    for found in error.errors(include_url=False, include_context=False, include_input=False):
        name = ".".join(str(part) for part in found["loc"])
        fields.setdefault(name or "body", _WORDS.get(found["type"], _OTHER))
    return WebFault(error_id, 400, {"ru": "Проверьте поля.", "en": "Please check the fields."}, fields)
