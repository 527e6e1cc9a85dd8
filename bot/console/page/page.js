// The page's script: keeps the parts made by the server fresh and turns what a person does into acts.
"use strict";

const $ = (id) => document.getElementById(id);
const command = document.body.dataset.command;
const state = { user: "", channel: "", thread: "" };
const typed = new Map(); // id of a field of the app's -> what the person put there, across refreshes
const NEAR_END = 80;
const MOST_ENTRIES = 300;

// ---- parts ----

async function part(name, query) {
  const answer = await fetch(`/page/${name}?${new URLSearchParams(query)}`);
  if (!answer.ok) throw new Error(await answer.text());
  return answer.text();
}

/** Show HTML made by the server, if it is not what is shown already. */
function show(place, html) {
  if (place.shown === html) return;
  const atEnd = place.scrollHeight - place.scrollTop - place.clientHeight < NEAR_END;
  const focused = place.contains(document.activeElement) ? keyOf(document.activeElement) : "";
  const first = place.shown === undefined;
  const open = new Set([...place.querySelectorAll("details[open] > summary")].map(keyOf));
  place.shown = html;
  place.innerHTML = html; // escaped by the server; the CSP allows no inline script
  place.querySelectorAll("details > summary").forEach((summary) => {
    if (open.has(keyOf(summary))) summary.parentElement.open = true;
  });
  place.querySelectorAll("[data-type]").forEach(restore);
  place.querySelectorAll("time[data-form]").forEach(localTime);
  if (focused) [...place.querySelectorAll("[id], button, summary, article")].find((el) => keyOf(el) === focused)?.focus();
  const toEnd = () => { if (first || atEnd) place.scrollTop = place.scrollHeight; };
  toEnd();
  place.querySelectorAll("img").forEach((image) => image.addEventListener("load", toEnd)); // pictures grow
}

/** What makes an element the same one after a refresh. */
function keyOf(el) {
  if (el.id) return `#${el.id}`;
  const data = ["do", "name", "callback", "user", "channel"].map((key) => el.dataset[key] ?? "").join("|");
  return `${el.closest("[data-ts]")?.dataset.ts ?? ""}|${el.tagName}|${el.className}|${data}`;
}

/** A time in the reader's own zone, by Slack's tokens. */
function localTime(el) {
  const at = new Date(el.dateTime);
  const date = (options) => at.toLocaleDateString(undefined, options);
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / 86400000);
  const pretty = (form) => ({ 0: "today", 1: "yesterday", "-1": "tomorrow" })[days] ?? form;
  const long = { weekday: "long", year: "numeric", month: "long", day: "numeric" };
  const plain = { year: "numeric", month: "long", day: "numeric" };
  const short = { year: "numeric", month: "short", day: "numeric" };
  const forms = {
    "{date}": () => date(plain), "{date_pretty}": () => pretty(date(plain)),
    "{date_short}": () => date(short), "{date_short_pretty}": () => pretty(date(short)),
    "{date_long}": () => date(long), "{date_long_pretty}": () => pretty(date(long)),
    "{date_num}": () => `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, "0")}-${String(at.getDate()).padStart(2, "0")}`,
    "{time}": () => at.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" }),
    "{time_secs}": () => at.toLocaleTimeString(),
  };
  el.title = el.dateTime;
  el.textContent = el.dataset.form.replace(/\{\w+\}/g, (token) => forms[token]?.() ?? token);
}

// ---- refreshing ----

let running = false;
let again = false;

async function refresh() {
  again = true;
  if (running) return;
  running = true;
  try {
    while (again) {
      again = false;
      await refreshOnce();
    }
  } catch (wrong) {
    toast(wrong.message);
  } finally {
    running = false;
  }
}

async function refreshOnce() {
  show($("people"), await part("people", { user: state.user }));
  state.user ||= $("people").querySelector("[data-user]")?.dataset.user ?? "";
  if (!state.user) return;
  const { user } = state;
  show($("people"), await part("people", { user }));
  show($("channels"), await part("channels", { user, channel: state.channel }));
  const places = [...$("channels").querySelectorAll("[data-channel]")];
  if (!places.some((place) => place.dataset.channel === state.channel)) {
    state.channel = (places[1] ?? places[0]).dataset.channel;
    state.thread = "";
    show($("channels"), await part("channels", { user, channel: state.channel }));
  }
  const { channel, thread } = state;
  const atHome = channel === "home";
  const html = atHome ? await part("home", { user }) : await part("messages", { user, channel });
  const replies = thread ? await part("thread", { user, channel, thread }) : "";
  const modal = await part("modal", { user });
  if (user !== state.user || channel !== state.channel || thread !== state.thread) {
    again = true; // the person went elsewhere meanwhile
    return;
  }
  show($("messages"), html);
  $("thread-pane").hidden = !thread;
  if (thread) show($("thread"), replies);
  document.querySelector('[data-where="channel"]').hidden = atHome;
  const name = (box, key) => box.querySelector(`[aria-${key}]:is([aria-current],[aria-pressed="true"])`)?.dataset.name ?? "";
  $("where").textContent = name($("channels"), "current");
  $("as").textContent = `acting as ${name($("people"), "pressed")}`;
  showModal(modal);
  await more($("journal"), "journal");
  await more($("rejected"), "rejected");
  const faults = $("rejected").childElementCount;
  $("faults").hidden = !faults;
  $("faults").textContent = faults;
}

/** Append the journal's new entries. */
async function more(place, name) {
  const after = place.lastElementChild?.dataset.n ?? "0";
  const box = document.createElement("template");
  box.innerHTML = await part(name, { after });
  box.content.querySelectorAll("time[data-form]").forEach(localTime);
  if (!box.content.childElementCount) return;
  const atEnd = place.scrollHeight - place.scrollTop - place.clientHeight < NEAR_END;
  place.append(box.content);
  while (place.childElementCount > MOST_ENTRIES) place.firstElementChild.remove();
  if (atEnd) place.scrollTop = place.scrollHeight;
}

function showModal(html) {
  const dialog = $("modal");
  const before = dialog.querySelector("[data-view]")?.dataset.view;
  show($("view"), html);
  const view = dialog.querySelector("[data-view]")?.dataset.view;
  if (before && view !== before) {
    [...typed.keys()].filter((id) => id.startsWith("modal.")).forEach((id) => typed.delete(id));
    dialog.querySelectorAll("form").forEach((form) => form.reset());
  }
  if (html && !dialog.open) {
    refusal(dialog, "");
    dialog.showModal();
    dialog.querySelector(".body [data-type]:is(input, textarea, select)")?.focus();
  }
  if (!html && dialog.open) dialog.close();
  dialog.querySelector(".wrong [data-type]")?.focus();
}

// ---- what fields hold, in Slack's shapes ----

const MENUS = { users_select: "selected_user", conversations_select: "selected_conversation", channels_select: "selected_channel",
  multi_users_select: "selected_users", multi_conversations_select: "selected_conversations", multi_channels_select: "selected_channels" };

function valueOf(el) {
  const type = el.dataset.type;
  if (type === "button") {
    const value = el.dataset.value === undefined ? {} : { value: el.dataset.value };
    return { type, text: { type: "plain_text", text: el.dataset.text }, ...value };
  }
  if (type === "overflow") return { type, selected_option: JSON.parse(el.dataset.option) };
  if (type === "static_select") {
    const option = el.selectedOptions[0]?.dataset.option;
    return { type, selected_option: option ? JSON.parse(option) : null };
  }
  if (type in MENUS) {
    const many = [...el.querySelectorAll("input:checked")].map((box) => box.value);
    return { type, [MENUS[type]]: type.startsWith("multi_") ? many : el.value || null };
  }
  if (type === "radio_buttons" || type === "checkboxes" || type === "multi_static_select") {
    const chosen = [...el.querySelectorAll("input:checked")].map((box) => JSON.parse(box.dataset.option));
    return type === "radio_buttons" ? { type, selected_option: chosen[0] ?? null } : { type, selected_options: chosen };
  }
  if (type === "datepicker") return { type, selected_date: el.value || null };
  if (type === "timepicker") return { type, selected_time: el.value || null };
  return { type, value: el.value || null };
}

/** view.state.values of everything in a view that holds something. */
function stateOf(view) {
  const values = {};
  for (const el of view.querySelectorAll("[data-type]")) {
    if (el.dataset.type === "button" || el.dataset.type === "overflow") continue;
    (values[el.dataset.blockId] ??= {})[el.dataset.actionId] = valueOf(el);
  }
  return values;
}

function remember(el) {
  const boxes = [...el.querySelectorAll("input")].map((box) => box.checked);
  if (el.id) typed.set(el.id, el.matches("fieldset") ? boxes : el.value);
}

function restore(el) {
  if (!typed.has(el.id)) return;
  const held = typed.get(el.id);
  if (el.matches("fieldset")) el.querySelectorAll("input").forEach((box, at) => (box.checked = held[at] ?? box.checked));
  else el.value = held;
}

// ---- acts ----

/** Send an act; true if it was taken, else the refusal is shown in Slack's words. */
async function act(name, members, near) {
  const body = JSON.stringify({ act: name, user: state.user, ...members });
  try {
    const answer = await fetch("/page/act", { method: "POST", headers: { "Content-Type": "application/json" }, body });
    if (answer.ok) {
      refusal(near, "");
      refresh();
      return true;
    }
    refusal(near, answer.status === 409 ? (await answer.json()).refusal : await answer.text());
  } catch {
    refusal(near, "The simulation on this machine does not answer. Is the program still running?");
  }
  return false;
}

function refusal(near, said) {
  const place = near?.querySelector(".refusal");
  if (!place) return toast(said);
  place.textContent = said;
  place.hidden = !said;
}

let hiding = 0;
function toast(said) {
  $("toast").textContent = said;
  $("toast").hidden = !said;
  clearTimeout(hiding);
  if (said) hiding = setTimeout(() => ($("toast").hidden = true), 8000);
}

/** Ask; the text if it was changed, true for yes, false for no. */
function ask({ title, text = "", yes, no = "Cancel", edit }) {
  $("confirm-title").textContent = title;
  $("confirm-text").textContent = text;
  $("confirm-yes").textContent = yes;
  $("confirm-no").textContent = no;
  $("confirm-edit").hidden = edit === undefined;
  $("confirm-edit").value = edit ?? "";
  const dialog = $("confirm");
  dialog.showModal();
  return new Promise((resolve) => {
    const end = (said) => { resolve(said); dialog.close(); };
    dialog.querySelector("form").onsubmit = (event) => { event.preventDefault(); end(edit === undefined || $("confirm-edit").value); };
    $("confirm-no").onclick = () => end(false);
    dialog.oncancel = () => resolve(false);
  });
}

/** Use an element of the app's, in a message or in a view. */
async function use(el) {
  const data = el.dataset;
  const question = { title: data.confirmTitle, text: data.confirmText, yes: data.confirmYes, no: data.confirmNo };
  if (data.confirmTitle && !(await ask(question))) return;
  el.closest("details.overflow")?.removeAttribute("open");
  if (data.url) window.open(data.url, "_blank", "noopener,noreferrer");
  const members = { block_id: data.blockId, action_id: data.actionId, value: valueOf(el) };
  const view = el.closest("[data-view]");
  if (view) await act("click_in_view", { ...members, view_id: view.dataset.view }, el.closest("dialog"));
  else await act("click", { ...members, channel: state.channel, ts: el.closest("[data-ts]").dataset.ts });
}

const DO = {
  pane: (el) => pane(el.dataset.pane),
  person: (el) => { state.user = el.dataset.user; go(state.channel); },
  channel: (el) => { go(el.dataset.channel); pane("talk"); },
  thread: (_el, ts, message) => {
    state.thread = message.dataset.thread;
    $("thread").shown = undefined;
    refresh().then(() => $("reply").focus());
  },
  "close-thread": () => { state.thread = ""; $("thread-pane").hidden = true; $("write").focus(); refresh(); },
  react: (el, ts) => act("react", { channel: state.channel, ts, name: el.dataset.name, add: el.getAttribute("aria-pressed") !== "true" }),
  shortcut: (el, ts) => act("shortcut", { channel: state.channel, ts, callback_id: el.dataset.callback }),
  edit: async (el, ts) => {
    const text = await ask({ title: "Edit message", yes: "Save", edit: el.dataset.text });
    if (text) await act("edit", { channel: state.channel, ts, text });
  },
  delete: async (_el, ts) => {
    const sure = await ask({ title: "Delete message", text: "This cannot be undone.", yes: "Delete" });
    if (sure) await act("delete", { channel: state.channel, ts });
  },
  close: (el) => act("close", { view_id: el.closest("[data-view]").dataset.view }, $("modal")),
  offer: () => { $("write").value = `${command} `; $("write").focus(); offer($("write")); },
  tab: (el) => {
    for (const tab of document.querySelectorAll('[role="tab"]')) {
      tab.setAttribute("aria-selected", String(tab === el));
      tab.tabIndex = tab === el ? 0 : -1;
      $(tab.getAttribute("aria-controls")).hidden = tab !== el;
    }
    el.focus();
  },
};

function pane(name) {
  document.body.dataset.pane = name;
  document.querySelectorAll(".panes button").forEach((el) => el.setAttribute("aria-pressed", String(el.dataset.pane === name)));
}

function go(channel) {
  state.channel = channel;
  state.thread = "";
  $("messages").shown = undefined;
  typed.clear();
  if (channel === "home") act("open_home", {});
  else refresh();
}

function offer(box) {
  const form = box.closest("form");
  const word = box.value.split(" ")[0];
  const wanted = box.value.startsWith("/") && !box.value.includes(" ") && command.startsWith(word);
  form.querySelector(".offer").hidden = form.dataset.where === "thread" ? !box.value.startsWith("/") : !wanted;
}

// ---- what the browser reports ----

document.addEventListener("click", (event) => {
  document.querySelectorAll("details:is(.more, .overflow)[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  const el = event.target.closest("button");
  if (!el) return;
  if (el.dataset.do) {
    const message = el.closest("[data-ts]");
    el.closest("details.more")?.removeAttribute("open");
    DO[el.dataset.do](el, message?.dataset.ts, message);
  } else if (el.dataset.act !== undefined) use(el);
});

document.addEventListener("input", (event) => {
  const field = event.target.closest("[data-type]");
  if (field) remember(field);
  else if (event.target.closest(".composer")) offer(event.target);
});

document.addEventListener("change", (event) => {
  const field = event.target.closest("[data-type]");
  if (field) remember(field);
  if (field?.dataset.act !== undefined) use(field);
});

document.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  if (form.dataset.view !== undefined) {
    await act("submit", { view_id: form.dataset.view, state: stateOf(form) }, $("modal"));
  } else if (form.matches(".composer")) {
    const box = form.querySelector("textarea");
    const thread = form.dataset.where === "thread" ? { thread: state.thread } : {};
    if (!box.value.trim()) return;
    const place = form.dataset.where === "thread" ? $("thread") : $("messages");
    if (await act("post", { channel: state.channel, text: box.value, ...thread }, form)) {
      box.value = "";
      offer(box);
      place.scrollTop = place.scrollHeight;
    }
  }
});

document.addEventListener("keydown", (event) => {
  const box = event.target;
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && box.matches(".composer textarea")) {
    event.preventDefault();
    box.closest("form").requestSubmit();
  } else if (event.key === "Tab" && box.id === "write" && !box.closest("form").querySelector(".offer").hidden) {
    event.preventDefault();
    DO.offer();
  } else if (event.key === "Escape") {
    box.closest("details")?.removeAttribute("open");
  } else if (box.matches('[role="tab"]') && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
    DO.tab([...document.querySelectorAll('[role="tab"]')].find((tab) => tab !== box));
  }
});

$("modal").addEventListener("cancel", (event) => {
  event.preventDefault();
  const view = $("modal").querySelector("[data-view]");
  if (view) act("close", { view_id: view.dataset.view }, $("modal"));
});

const events = new EventSource("/page/events");
events.onmessage = () => refresh();
events.onopen = () => toast("");
events.onerror = () => toast("The simulation on this machine does not answer. Is the program still running?");
pane("talk");
