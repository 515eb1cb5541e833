// The same figures as ivr/domain/metrics.py has of one queue, of several together.
const of = (counts, name) => counts[name] ?? 0;
const ratio = (above, below) => (below > 0 ? above / below : null);
const late = (counts) => of(counts, "abandoned") - of(counts, "short");

export const figures = {
  offered: (c) => of(c, "offered"),
  answered: (c) => of(c, "answered"),
  abandoned: late,
  service_level: (c) => ratio(of(c, "in_time"), of(c, "answered") + late(c)),
  abandon_rate: (c) => ratio(late(c), of(c, "offered") - of(c, "short")),
  asa: (c) => ratio(of(c, "wait_s"), of(c, "answered")),
  occupancy: (c) => ratio(of(c, "handle_s"), of(c, "handle_s") + of(c, "idle_s")),
};
