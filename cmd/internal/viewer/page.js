"use strict";
// One view at a time, each with an address of its own.
const tabs = [...document.querySelectorAll("[role=tab]")];
const panels = [...document.querySelectorAll("[role=tabpanel]")];
const screens = [...document.querySelectorAll(".screen")];

function choose() {
  let name = location.hash.slice(1);
  const line = /^L\d+$/.test(name);
  if (line) name = "source";
  if (!panels.some((p) => p.id === name)) name = "mail";
  for (const p of panels) p.hidden = p.id !== name;
  for (const t of tabs) {
    const chosen = t.getAttribute("aria-controls") === name;
    t.setAttribute("aria-selected", String(chosen));
    t.tabIndex = chosen ? 0 : -1;
  }
  if (line) document.getElementById(location.hash.slice(1))?.scrollIntoView({ block: "center" });
  for (const s of screens) measure(s);
}
addEventListener("hashchange", () => {
  if (!/^#L/.test(location.hash)) scrollTo(0, 0);
  choose();
});
for (const t of tabs) {
  t.addEventListener("click", (e) => {
    e.preventDefault();
    history.replaceState(null, "", t.hash);
    choose();
  });
  t.addEventListener("keydown", (e) => {
    const to = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
    if (!to) return;
    const next = tabs[(tabs.indexOf(t) + to + tabs.length) % tabs.length];
    next.focus();
    next.click();
  });
}

// A screen is as long as its mail, so that the whole page has one scroll bar.
function measure(screen) {
  const doc = screen.contentDocument;
  if (!doc?.body || !screen.offsetParent) return;
  doc.documentElement.style.overflowY = "hidden"; // a bar would take of the width, and pictures of the height
  screen.style.height = Math.ceil(doc.documentElement.getBoundingClientRect().height) + 2 + "px";
}
for (const s of screens) {
  s.addEventListener("load", () => {
    measure(s);
    new ResizeObserver(() => measure(s)).observe(s.contentDocument.documentElement);
  });
  if (s.contentDocument?.readyState === "complete") measure(s);
}
for (const input of document.querySelectorAll("input")) {
  input.addEventListener("change", look);
}
function look() {
  const dark = document.querySelector("input[value=dark]").checked;
  document.body.classList.toggle("narrow", document.querySelector("input[value='360']").checked);
  for (const s of screens) {
    const src = dark ? "mail/dark" : "mail/light";
    s.classList.toggle("dark", dark);
    if (s.getAttribute("src") !== src) s.setAttribute("src", src);
    measure(s);
  }
}

// A new view comes in place of the old one: what is chosen, and how far one has
// scrolled, stays.
function rule() {
  const pre = document.querySelector("pre[data-fold]");
  if (pre) pre.style.setProperty("--fold", pre.dataset.fold + "ch");
}
async function refresh() {
  let text;
  try {
    const answer = await fetch(location.pathname + location.search);
    if (!answer.ok) return;
    text = await answer.text();
  } catch {
    return; // the server has ended, of which onerror tells
  }
  const next = new DOMParser().parseFromString(text, "text/html");
  document.title = next.title;
  for (const old of document.querySelectorAll("[data-live]:not(body)")) {
    const now = next.querySelector(`[data-live="${old.dataset.live}"]`);
    if (now && now.innerHTML !== old.innerHTML) old.replaceChildren(...now.childNodes);
  }
  rule();
  const other = document.body.dataset.mail !== next.body.dataset.mail;
  document.body.dataset.mail = next.body.dataset.mail;
  document.body.dataset.state = next.body.dataset.state;
  for (const s of screens) {
    if (other) s.contentWindow.location.reload();
    measure(s);
  }
}
let gone;
const events = new EventSource("events");
events.onmessage = () => {
  clearTimeout(gone);
  document.getElementById("ended").hidden = true;
  refresh();
};
events.onerror = () => {
  clearTimeout(gone);
  gone = setTimeout(() => (document.getElementById("ended").hidden = false), 2000);
};
choose();
look();
rule();
