// The last 24 hours by half hours, of the shown queues together: service level, callers waiting, answered and lost.
import uPlot from "uplot";
import { $, el } from "../common/dom.js";
import { language, number, say } from "../common/words.js";
import { figures } from "./figures.js";
import { shownAs } from "./explain.js";
import { clockIn, filter, state } from "./state.js";

const HALF_HOUR = 1800;
const HIGH = 170;
let made = [];
let zone = "";

// Colours come from the page, so that they follow its theme
function ink(name) {
  const probe = el("span", { class: `ink-${name}` });
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function series(shown) {
  const { since, queues } = state.day;
  const counts = since.map((_, n) => {
    const found = {};
    for (const { name } of shown) {
      for (const [field, values] of Object.entries(queues[name] ?? {})) found[field] = (found[field] ?? 0) + values[n];
    }
    return found;
  });
  return { since, counts };
}

const COLUMNS = {
  level: (c) => {
    const share = figures.service_level(c);
    return share === null ? null : share * 100;
  },
  waiting: (c) => (c.waiting_s ?? 0) / HALF_HOUR,
  answered: (c) => c.answered ?? 0,
  lost: (c) => figures.abandoned(c),
};

function data(shown) {
  const { since, counts } = series(shown);
  const column = (name) => counts.map(COLUMNS[name]);
  return [
    [since, column("level"), since.map(() => 80)],
    [since, column("waiting")],
    [since, counts.map((c) => COLUMNS.answered(c) + COLUMNS.lost(c)), column("answered")],
  ];
}

function options(number_, width) {
  const dim = ink("dim");
  const line = ink("line");
  const grid = { stroke: line, width: 1 };
  const axis = { stroke: dim, grid, ticks: { stroke: line }, font: "12px system-ui, sans-serif" };
  const bars = uPlot.paths.bars({ size: [0.7, 24], align: 1 });
  const at = (_, raw) => (raw === null ? "" : `${clockIn(zone, raw * 1000)}`);
  const kinds = [
    {
      title: say("plot_level"), range: [0, 100], suffix: " %",
      series: [{ label: say("plot_level"), stroke: ink("accent"), width: 2, points: { size: 5 }, spanGaps: false },
        { label: say("plot_goal"), stroke: ink("bad"), width: 1, dash: [5, 4], points: { show: false } }],
    },
    {
      title: say("plot_waiting"), suffix: "",
      series: [{ label: say("plot_waiting"), stroke: ink("warn"), fill: ink("warn-bg"), width: 2, points: { show: false } }],
    },
    {
      title: say("plot_calls"), suffix: "",
      series: [{ label: say("plot_lost"), stroke: ink("bad"), fill: ink("bad"), paths: bars, points: { show: false },
        value: (u, raw, s, n) => (n === null ? "" : number(u.data[1][n] - u.data[2][n])) },
      { label: say("plot_answered"), stroke: ink("good"), fill: ink("good"), paths: bars, points: { show: false } }],
    },
  ];
  const kind = kinds[number_];
  return {
    title: kind.title, width, height: HIGH,
    tzDate: (ts) => uPlot.tzDate(new Date(ts * 1000), zone),
    cursor: { sync: { key: "day" }, y: false },
    scales: { y: { range: kind.range ?? ((_, low, high) => [0, Math.max(1, high * 1.1)]) } },
    axes: [{ ...axis, values: (_, splits) => splits.map((ts) => clockIn(zone, ts * 1000)) },
      { ...axis, size: 54, values: (_, splits) => splits.map((v) => `${v.toLocaleString(language)}${kind.suffix}`) }],
    series: [{ label: say("plot_time"), value: at },
      ...kind.series.map((one) => ({ value: (_, raw) => (raw === null ? "—" : raw.toLocaleString(language, { maximumFractionDigits: 1 }) + kind.suffix), ...one }))],
  };
}

const width = (parent) => {
  const room = parent.clientWidth;
  const columns = room > 900 ? 3 : 1;
  return Math.floor((room - 12 * (columns - 1)) / columns);
};

export function plots(shown) {
  if (!state.day || !state.board) return;
  const parent = $("#plots");
  const wanted = (filter.site && state.board.sites.find((site) => site.id === filter.site)?.zone)
    || state.board.sites.at(-1)?.zone || "UTC";
  const fresh = data(shown);
  if (wanted !== zone || !made.length) {
    zone = wanted;
    redraw(parent, fresh);
  } else {
    made.forEach((plot, n) => plot.setData(fresh[n]));
  }
  $("#day-zone").textContent = say("clock_of", { zone: clockIn(zone) });
  if ($("#day-table").open) tabulate(shown);
}

function redraw(parent, fresh) {
  for (const plot of made) plot.destroy();
  parent.replaceChildren();
  made = fresh.map((columns, n) => {
    const frame = el("div", { class: "plot" });
    parent.append(frame);
    return new uPlot(options(n, width(parent)), columns, frame);
  });
}

// The same in numbers, for who reads tables rather than curves
export function tabulate(shown) {
  const { since, counts } = series(shown);
  const shownRows = since.map((ts, n) => [ts, counts[n]]).filter(([, c]) => (c.offered ?? 0) + (c.answered ?? 0) > 0).reverse();
  const head = ["plot_time", "plot_offered", "plot_answered", "plot_lost", "plot_keyed", "plot_level", "plot_waiting"];
  $("#day-table .scroll").replaceChildren(el("table", {},
    el("thead", {}, el("tr", {}, head.map((word) => el("th", { scope: "col", class: "number" }, say(word))))),
    el("tbody", {}, shownRows.map(([ts, c]) => el("tr", {},
      [clockIn(zone, ts * 1000), number(c.offered ?? 0), number(c.answered ?? 0), number(COLUMNS.lost(c)), number(c.keyed ?? 0),
        shownAs(figures.service_level(c), "share"), COLUMNS.waiting(c).toLocaleString(language, { maximumFractionDigits: 1 })]
        .map((words) => el("td", { class: "number" }, words)))))));
}

// Another theme, another width: drawn anew
export function follow(shown) {
  let room = 0;
  const again = () => {
    if (!made.length) return;
    zone = "";
    plots(shown());
  };
  new MutationObserver(again).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  new ResizeObserver(([entry]) => {
    if (Math.abs(entry.contentRect.width - room) < 8) return;
    room = entry.contentRect.width;
    again();
  }).observe($("#plots"));
  $("#day-table").addEventListener("toggle", () => state.day && tabulate(shown()));
}
