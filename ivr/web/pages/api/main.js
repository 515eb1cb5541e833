// The API's description, read out of /api/openapi.json for people.
import { get } from "../common/api.js";
import { $, el } from "../common/dom.js";
import { start } from "../common/shell.js";
import { say } from "../common/words.js";

await start();
const description = await get("/api/openapi.json");
const named = (reference) => description.components.schemas[reference.split("/").pop()];

// A schema in a few characters: "text", "list of OneUser", "text or null"
function kind(schema) {
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return choices.map(kind).join(" | ");
  if (schema.type === "array") return say("list_of", { kind: schema.items ? kind(schema.items) : "" });
  if (schema.type === "object" && typeof schema.additionalProperties === "object") return say("map_of", { kind: kind(schema.additionalProperties) });
  return schema.format ? `${schema.type} (${schema.format})` : schema.type ?? "";
}

function limits(schema) {
  const words = { minLength: "≥", maxLength: "≤", minimum: "≥", maximum: "≤", maxItems: "≤" };
  const found = Object.entries(words).filter(([name]) => name in schema).map(([name, sign]) => `${sign} ${schema[name]}`);
  if ("default" in schema) found.push(`= ${JSON.stringify(schema.default)}`);
  if (schema.examples) found.push(say("example", { value: JSON.stringify(schema.examples[0]) }));
  return found.join(", ");
}

function fields(heading, schema) {
  if (schema.$ref) return fields(heading, named(schema.$ref));
  const entries = Object.entries(schema.properties ?? {});
  if (!entries.length) return [];
  return [el("h3", {}, heading), el("dl", { class: "fields" }, entries.flatMap(([name, part]) => [
    el("dt", {}, el("code", {}, name), schema.required?.includes(name) ? null : el("span", { class: "aside" }, " ?")),
    el("dd", {}, kind(part), " ", el("span", { class: "aside" }, limits(part))),
  ]))];
}

function operation(method, path, it) {
  const body = it.requestBody?.content["application/json"].schema;
  const answer = it.responses["200"]?.content?.["application/json"]?.schema;
  const parameters = { properties: Object.fromEntries(it.parameters.map((p) => [p.name, p.schema])), required: it.parameters.filter((p) => p.required).map((p) => p.name) };
  const roles = it["x-roles"];
  const who = roles.length === 0 ? [["", say("everybody")]] : roles.length === 4 ? [["info", say("anybody")]] : roles.map((name) => ["info", say(`role_${name}`)]);
  return el("details", { class: "box", data: { words: `${method} ${path} ${it.summary}`.toLowerCase() } },
    el("summary", {}, el("span", { class: `tag ${method}` }, method.toUpperCase()), el("code", {}, path), el("span", { class: "what" }, it.summary),
      el("span", { class: "roles" }, who.map(([kind, words]) => el("span", { class: `tag ${kind}` }, words)))),
    fields(say("parameters"), parameters), body ? fields(say("body"), body) : [], answer ? fields(say("answer"), answer) : [],
    el("h3", {}, say("statuses")), el("dl", { class: "fields" }, Object.entries(it.responses).flatMap(([code, { description: words }]) => [el("dt", {}, el("code", {}, code)), el("dd", {}, words)])));
}

$("#about").textContent = description.info.description.replaceAll("`", "");
const groups = new Map(description.tags.map(({ name }) => [name, []]));
for (const [path, methods] of Object.entries(description.paths)) {
  for (const [method, it] of Object.entries(methods)) groups.get(it.tags[0]).push(operation(method, path, it));
}
$("#operations").replaceChildren(...[...groups].map(([name, found]) => el("section", {}, el("h2", {}, name), found)));

$("#find").addEventListener("input", (event) => {
  const wanted = event.target.value.trim().toLowerCase();
  for (const section of $("#operations").children) {
    let some = false;
    for (const one of section.querySelectorAll("details")) {
      one.hidden = !one.dataset.words.includes(wanted);
      some ||= !one.hidden;
    }
    section.hidden = !some;
  }
});
