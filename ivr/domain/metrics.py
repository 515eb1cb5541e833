"""Every figure of the board: its name, its formula in words, where it comes from, and the function that works it out.

One definition for the board, the exports and the alerts. `numbers` is the formula with the names of counts in braces,
to be filled with those that a figure was made of.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ivr.domain.queue_counts import WAITS, Counts

Words = Mapping[str, str]
_LOG, _EVENTS, _OWN = "queue_log", "AMI", "callbacks"


@dataclass(frozen=True)
class Metric:
    """One figure. `unit`: count, share (0 to 1), s (seconds). `of`: from counts, None when there is nothing to say;
    figures of the moment (`source` AMI) have none of their own: they are read off."""

    id: str
    unit: str
    source: str
    names: Words
    formula: Words
    numbers: str = ""
    of: Callable[[Counts], float | None] = lambda counts: None


def _sum(*names: str) -> Callable[[Counts], float]:
    return lambda counts: sum(counts.get(name, 0) for name in names)


def _ratio(above: Callable[[Counts], float], below: Callable[[Counts], float]) -> Callable[[Counts], float | None]:
    def of(counts: Counts) -> float | None:
        divisor = below(counts)
        return above(counts) / divisor if divisor > 0 else None

    return of


def _one(name: str) -> Callable[[Counts], float]:
    return lambda counts: counts.get(name, 0)


def _late(counts: Counts) -> float:
    """Abandoned, without those who hung up at once."""
    return counts.get("abandoned", 0) - counts.get("short", 0)


def _p90(counts: Counts) -> float | None:
    """The class of waits that nine of ten answered callers did not exceed."""
    answered = sum(counts.get(f"wait_{bound}", 0) for bound in WAITS) + counts.get("wait_more", 0)
    reached = 0.0
    for bound in WAITS:
        reached += counts.get(f"wait_{bound}", 0)
        if answered and reached >= answered * 0.9:
            return float(bound)
    return None


_ALL = (
    Metric(
        "waiting", "count", _EVENTS, {"ru": "Ждут сейчас", "en": "Waiting now"},
        {"ru": "Живые звонящие в очереди; обратные звонки показаны отдельно.",
         "en": "Live callers in the queue; callbacks are shown apart."},
    ),
    Metric(
        "longest", "s", _EVENTS, {"ru": "Дольше всех", "en": "Longest wait"},
        {"ru": "Сейчас минус момент, когда первый из ждущих встал в очередь; переход в другую очередь места не лишает.",
         "en": "Now less the moment when the first of those waiting joined; a move to another queue keeps the place."},
    ),
    Metric(
        "expected", "s", _EVENTS, {"ru": "Ждать новому", "en": "A new caller waits"},
        {"ru": "Время разговора и отдыха × (стоящие впереди + 1 − свободные) / операторы; оператор нескольких очередей "
               "делится между теми, где ждут; созревшие обратные звонки стоят впереди.",
         "en": "Talk and rest × (those ahead + 1 − free operators) / operators; one of several queues is shared by "
               "those where somebody waits; callbacks that are due stand ahead."},
        "{handle_s} × ({waiting} + {callbacks} + 1 − {ready}) / {capacity}",
    ),
    Metric(
        "staffed", "count", _EVENTS, {"ru": "На линии", "en": "Logged in"},
        {"ru": "Люди (не телефоны и не членства), чей телефон можно вызвать, с теми, кто на паузе.",
         "en": "People (not phones, not memberships) who could be rung, those on a break included."},
    ),
    Metric(
        "ready", "count", _EVENTS, {"ru": "Свободны", "en": "Free"},
        {"ru": "Люди без разговора, не на паузе и не в отдыхе после звонка.",
         "en": "People without a call, not on a break and not at rest after one."},
    ),
    Metric(
        "offered", "count", _LOG, {"ru": "Поступило", "en": "Offered"},
        {"ru": "Звонки, вставшие в очередь; кто передумал о перезвоне и вернулся, считается один раз.",
         "en": "Calls that entered the queue; who thinks better of a callback and returns counts once."},
        "{offered}", _sum("offered"),
    ),
    Metric(
        "answered", "count", _LOG, {"ru": "Отвечено", "en": "Answered"},
        {"ru": "Соединены с оператором.", "en": "Connected to an operator."},
        "{answered}", _sum("answered"),
    ),
    Metric(
        "abandoned", "count", _LOG, {"ru": "Не дождались", "en": "Abandoned"},
        {"ru": "Повесили трубку в очереди; без ушедших сразу, взявших перезвон и переведённых дальше.",
         "en": "Hung up in the queue; without those who left at once, took a callback or were moved on."},
        "{abandoned} − {short}", _late,
    ),
    Metric(
        "abandon_rate", "share", _LOG, {"ru": "Доля не дождавшихся", "en": "Abandon rate"},
        {"ru": "Не дождавшиеся позже порога / (поступившие − ушедшие до порога).",
         "en": "Abandoned after the threshold / (offered − gone before it)."},
        "({abandoned} − {short}) / ({offered} − {short})",
        _ratio(_late, lambda counts: counts.get("offered", 0) - counts.get("short", 0)),
    ),
    Metric(
        "service_level", "share", _LOG, {"ru": "Уровень сервиса", "en": "Service level"},
        {"ru": "Отвечено в срок / (отвечено + не дождались позже порога).",
         "en": "Answered in time / (answered + abandoned after the threshold)."},
        "{in_time} / ({answered} + {abandoned} − {short})",
        _ratio(_one("in_time"), lambda counts: counts.get("answered", 0) + _late(counts)),
    ),
    Metric(
        "asa", "s", _LOG, {"ru": "Средний ответ", "en": "Average answer"},
        {"ru": "Ожидание отвеченных от входа в очередь, в среднем.",
         "en": "What answered callers waited from entering the queue, on the average."},
        "{wait_s} / {answered}", _ratio(_one("wait_s"), _one("answered")),
    ),
    Metric(
        "p90", "s", _LOG, {"ru": "90 % ответов за", "en": "90 % answered in"},
        {"ru": "Девять из десяти отвеченных ждали не дольше (по ступеням 5, 10, 20, 30 с, 1, 2, 5, 10 мин).",
         "en": "Nine of ten answered callers waited no longer (in steps of 5, 10, 20, 30 s, 1, 2, 5, 10 min)."},
        "", _p90,
    ),
    Metric(
        "aht", "s", _LOG, {"ru": "Разговор и отдых", "en": "Handle time"},
        {"ru": "Разговор с удержанием, отдых и записи после него на один законченный звонок.",
         "en": "Talk with holds, rest and writing down after it, for one call that is over."},
        "({talk_s} + {wrapup_s}) / ({completed} + {transferred})",
        _ratio(_sum("talk_s", "wrapup_s"), _sum("completed", "transferred")),
    ),
    Metric(
        "keyed", "count", _LOG, {"ru": "Ушли на перезвон", "en": "Left for a callback"},
        {"ru": "Нажали в очереди клавишу, чтобы им перезвонили; это не потеря и не ответ.",
         "en": "Pressed the key for a callback; neither lost nor answered."},
        "{keyed}", _sum("keyed"),
    ),
    Metric(
        "called_back", "count", _LOG, {"ru": "Перезвоны приняты", "en": "Callbacks answered"},
        {"ru": "Те, кому позвонили мы, соединены в этой очереди с оператором; ни в отвеченных, ни в уровне сервиса их "
               "нет.",
         "en": "Those whom we called: connected to an operator of this queue; neither in answered nor in the service "
               "level."},
        "{back_answered}", _sum("back_answered"),
    ),
    Metric(
        "called_back_lost", "count", _LOG, {"ru": "Перезвоны не приняты", "en": "Callbacks not answered"},
        {"ru": "Те, кому позвонили мы, повесили трубку в очереди, или их время в ней вышло; среди не дождавшихся их "
               "нет.",
         "en": "Those whom we called hung up in the queue, or their time in it was over; they are not in abandoned."},
        "{back_abandoned} + {back_left}", _sum("back_abandoned", "back_left"),
    ),
    Metric(
        "moved_on", "count", _LOG, {"ru": "Пошли дальше", "en": "Moved on"},
        {"ru": "Время в очереди вышло, последний оператор ушёл, или перевёл старший смены.",
         "en": "Their time here was over, the last operator left, or a supervisor moved them."},
        "{timed_out} + {emptied} + {withdrawn}", _sum("timed_out", "emptied", "withdrawn"),
    ),
    Metric(
        "not_taken", "count", _LOG, {"ru": "Не приняты", "en": "Not taken in"},
        {"ru": "Очередь никого не впустила (некому ответить, нет места), или Asterisk остановился.",
         "en": "The queue let nobody in (nobody there, no room), or Asterisk ended."},
        "{refused} + {lost} + {cut}", _sum("refused", "lost", "cut"),
    ),
    Metric(
        "missed", "count", _LOG, {"ru": "Звонок не взят", "en": "Rings not taken"},
        {"ru": "Телефон оператора звонил, никто не ответил; звонящий ждёт дальше.",
         "en": "An operator's phone rang in vain; the caller waits on."},
        "{missed}", _sum("missed"),
    ),
    Metric(
        "occupancy", "share", _EVENTS, {"ru": "Занятость", "en": "Occupancy"},
        {"ru": "Время в разговорах, вызовах, отдыхе и записях после них / (оно же + время свободных); прочие паузы не "
               "в счёт.",
         "en": "Time on calls, rung, at rest and writing down / (the same + free time); other breaks do not count."},
        "{handle_s} / ({handle_s} + {idle_s})", _ratio(_one("handle_s"), _sum("handle_s", "idle_s")),
    ),
    Metric(
        "callbacks_waiting", "count", _OWN, {"ru": "Ждут перезвона", "en": "Callbacks waiting"},
        {"ru": "Обещанные и не начатые обратные звонки, с отложенными и ждущими повтора.",
         "en": "Callbacks promised and not begun, those parked or to be tried again included."},
    ),
    Metric(
        "callbacks_due", "count", _OWN, {"ru": "Пора звонить", "en": "Due now"},
        {"ru": "Ждут, и их окно уже началось.", "en": "Waiting, and their window has begun."},
    ),
    Metric(
        "callbacks_reached", "share", _OWN, {"ru": "Дозвонились", "en": "Reached"},
        {"ru": "За сутки: трубку взял человек / начали дозвон.", "en": "In 24 h: a person answered / dialled."},
        "{human} / {dialled}", _ratio(_one("human"), _one("dialled")),
    ),
    Metric(
        "callbacks_kept", "share", _OWN, {"ru": "Обещания сдержаны", "en": "Promises kept"},
        {"ru": "За сутки: телефон зазвонил в обещанное окно / (они же + позже окна или никогда).",
         "en": "In 24 h: the phone rang in the promised window / (these + later or never)."},
        "{kept} / ({kept} + {broken})", _ratio(_one("kept"), _sum("kept", "broken")),
    ),
)  # fmt: skip
METRICS: Mapping[str, Metric] = {metric.id: metric for metric in _ALL}


def figures(counts: Counts) -> dict[str, float | None]:
    """Every figure that comes from counts."""
    return {metric.id: metric.of(counts) for metric in _ALL if metric.source == _LOG or metric.id == "occupancy"}
