"""What is wrong with an account or a password, in words: fault -> language -> text."""

from ivr.domain.accounts import PASSWORD_MAX, PASSWORD_MIN

WORDS: dict[str, dict[str, str]] = {
    "bad_account": {"ru": "Проверьте поля.", "en": "Please check the fields."},
    "no_account": {"ru": "Такой учётной записи нет.", "en": "There is no such account."},
    "login_taken": {"ru": "Такой логин уже есть.", "en": "This login is taken."},
    "last_administrator": {
        "ru": "Это последний администратор: сначала назначьте другого.",
        "en": "This is the last administrator: name another one first.",
    },
    "fault_login": {
        "ru": "от 2 до 32 знаков: латинские буквы, цифры, точка, дефис, подчёркивание",
        "en": "2 to 32 characters: Latin letters, digits, dot, dash, underscore",
    },
    "fault_name": {"ru": "от 1 до 80 знаков", "en": "1 to 80 characters"},
    "fault_roles": {"ru": "нужна хотя бы одна роль", "en": "at least one role is needed"},
    "fault_phone": {"ru": "от 2 до 6 цифр, или пусто", "en": "2 to 6 digits, or nothing"},
    "password_short": {
        "ru": f"не короче {PASSWORD_MIN} знаков; подойдёт фраза из нескольких слов",
        "en": f"at least {PASSWORD_MIN} characters; a phrase of several words will do",
    },
    "password_long": {"ru": f"не длиннее {PASSWORD_MAX} знаков", "en": f"at most {PASSWORD_MAX} characters"},
    "password_login": {"ru": "без логина и имени внутри", "en": "not with the login or the name in it"},
    "password_plain": {"ru": "слишком однообразно", "en": "too monotonous"},
    "password_common": {"ru": "такие пароли угадывают первыми", "en": "this is what is guessed first"},
    "password_wrong": {"ru": "неверный пароль", "en": "this is not the password"},
}
