// The page's words in its language, as the build put them into the page.
const words = JSON.parse(document.getElementById("words").textContent);
export const language = document.documentElement.lang;
// day before month and 24 hours, in English too
const locale = language === "en" ? "en-GB" : language;
const plural = new Intl.PluralRules(language);

// say("waiting", {n: 5}): {n} is filled in; a word that is {one, few, many, other} is chosen by n
export function say(key, values = {}) {
  let text = words[key];
  if (text && typeof text === "object") text = text[plural.select(values.n)] ?? text.other;
  if (text === undefined) return key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

export const known = (key) => key in words;

// 75 -> "1:15", 3675 -> "1:01:15"
export function clock(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  const two = (n) => String(n).padStart(2, "0");
  return s < 3600 ? `${Math.floor(s / 60)}:${two(s % 60)}` : `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
}

const numbers = new Intl.NumberFormat(locale);
export const number = (n) => numbers.format(n);

export function time(iso, zone) {
  return new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", timeZone: zone }).format(new Date(iso));
}

export function moment(iso, zone) {
  const form = { day: "2-digit", month: "2-digit", year: "numeric", hour: "2-digit", minute: "2-digit", timeZone: zone };
  return new Intl.DateTimeFormat(locale, form).format(new Date(iso));
}
