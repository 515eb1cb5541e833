"""The file `forms.toml`: the operators' forms read and checked, every fault named at once."""


from ivr.domain.forms import FIELD_KINDS, Form, FormField
from ivr.domain.queue_plan_values import Table, Values
from ivr.domain.toml_text import refuse, toml_table

LANGUAGES = ("ru", "en")


def read_forms(text: str, categories: tuple[str, ...], where: str = "forms.toml") -> dict[str, Form]:
    """Form id -> form, in the order of the file. `categories`: those that there are. Raises `DataError`."""
    table = toml_table(text, where)
    faults: list[str] = []
    top = Values("", table, faults)
    top.known(("forms",))
    forms = {id_: _form(id_, raw, categories, faults) for id_, raw in top.tables("forms")}
    if not forms:
        faults.append("has no form")
    refuse(faults, where)
    return forms


def _form(id_: str, raw: Table, categories: tuple[str, ...], faults: list[str]) -> Form:
    values = Values(f"forms.{id_}", raw, faults)
    values.known(("names", "categories", "fields"))
    values.name(id_)
    asked = tuple(values.texts("categories", []))
    for category in asked:
        if category not in categories:
            values.fault("categories", f"{category!r} is not one of {', '.join(categories)}")
    fields = tuple(_field(name, inner, f"forms.{id_}.fields.{name}", faults) for name, inner in values.tables("fields"))
    if not fields:
        values.fault("fields", "is missing")
    return Form(id_, words_of(values, "names"), fields, asked)


def _field(name: str, raw: Table, where: str, faults: list[str]) -> FormField:
    values = Values(where, raw, faults)
    values.known(("kind", "names", "hints", "required", "options"))
    kind = values.one_of("kind", "line", FIELD_KINDS)
    options = {id_: words_of(Values(f"{where}.options", {id_: words}, faults), id_)
               for id_, words in values.table("options").items()}  # fmt: skip
    if (kind == "choice") != bool(options):
        values.fault("options", "belong to a choice, and a choice has some")
    hints = words_of(values, "hints") if "hints" in raw else None
    return FormField(name, kind, words_of(values, "names"), values.flag("required", False), hints, options or None)


def words_of(values: Values, key: str) -> dict[str, str]:
    """Language -> words; Russian and English must be there."""
    inner = Values(f"{values.where}.{key}", values.table(key), values.faults)
    return {language: inner.text(language) for language in dict.fromkeys((*LANGUAGES, *inner.raw))}
