// Sheets of messages as one page: JSON on standard input, HTML on standard output. `npm ci` beside this file first.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { text } from "node:stream/consumers";
import { createElement as h } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { Message } from "slack-blocks-to-jsx";

const require = createRequire(import.meta.url);
const rendererStyle = readFileSync(require.resolve("slack-blocks-to-jsx").replace(/[^/]+$/, "style.css"), "utf8");
const style = readFileSync(new URL("draw.css", import.meta.url), "utf8");
const logo = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 36 36"><rect width="36" height="36" rx="6" fill="#611f69"/></svg>',
)}`;
const day = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", day: "numeric", month: "short", year: "numeric" });
const time = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", hour: "2-digit", minute: "2-digit" });

// What Slack would fill in from what it knows. Clients show times in the reader's zone; here that is UTC.
const hooks = {
  date: ({ timestamp, format }) => {
    const at = new Date(Number(timestamp) * 1000);
    return format.replace("{date_short_pretty}", day.format(at)).replace("{time}", time.format(at));
  },
  user: ({ id }) => h("span", { className: "mention" }, `@${id.replace(/^U\d+/, "").toLowerCase()}`),
  usergroup: ({ id }) => h("span", { className: "mention" }, `@${id.replace(/^S\d+/, "").toLowerCase()}`),
  channel: ({ id }) => h("span", { className: "mention" }, `#${id.replace(/^C\d+/, "").toLowerCase()}`),
};

// Where this renderer takes for active what is inert in Slack, an invisible character or a look-alike stops it:
// - `verbatim` says "make no links of bare words" in Slack, "format nothing at all" here; so it is left out
// - `&lt;` is decoded here before mentions and links are looked for
// - plain text has no formatting in Slack, but has here
// And it counts on by itself in an ordered list after a nested one, for which Slack needs the offset.
const stop = "\ufeff";
const alike = { "*": "∗", "_": "ˍ", "~": "∼", "`": "ˋ", ":": "\ua789" };
const inert = {
  mrkdwn: (text) => text.replace(/&lt;|(?<!<)https?:|@(?=\w)(?<!<@)/g, `$&${stop}`).replaceAll(":\u2060", alike[":"]),
  plain_text: (text) => text.replace(/[<@]|https?:/g, `$&${stop}`).replace(/[*_~`]|:(?=[^\s:]+:)/g, (sign) => alike[sign]),
};

function countedOnce({ offset, ...element }, index, all) {
  const goesOn = index > 0 && all[index - 1].type === "rich_text_list";
  return offset && !goesOn ? { ...element, offset } : element;
}

function asInSlack(key, value) {
  if (key === "verbatim") return undefined;
  if (value?.type === "rich_text") return { ...value, elements: value.elements.map(countedOnce) };
  const inertly = inert[value?.type];
  return inertly ? { ...value, text: inertly(value.text) } : value;
}

function drawn({ title, payload }) {
  const isModal = payload.type === "modal";
  const blocks = h(Message, {
    blocks: payload.blocks, name: "Tickets", logo, theme: "light", hooks, time: new Date(0), withoutWrapper: isModal,
  });
  const frame = isModal ? modal(payload, blocks) : h("div", { className: "message" }, blocks);
  return h("div", { key: title }, title && h("h4", null, title), frame);
}

function modal({ title, close }, blocks) {
  const foot = close && h("footer", null, h("button", null, close.text));
  const body = h("div", { id: "slack_blocks_to_jsx", className: "message slack_blocks_to_jsx styles_enabled" }, blocks);
  return h("div", { className: "modal" }, h("header", null, title.text), body, foot);
}

const sheets = JSON.parse(await text(process.stdin), asInSlack);
const body = sheets.map(({ name, messages }) => h("section", { id: name, key: name }, messages.map(drawn)));
process.stdout.write(`<!doctype html><meta charset="utf-8"><style>${rendererStyle}${style}</style>${renderToStaticMarkup(body)}`);
