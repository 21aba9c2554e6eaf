// Nodes made from data, kept as long as their data stay: what has the focus keeps it while everything moves.

export const at = id => document.getElementById(id);

export function el(name, className, text) {
  const node = document.createElement(name);
  if (className) node.className = className;
  if (text !== undefined && text !== null) node.textContent = String(text);
  return node;
}

export function button(className, text, act) {
  const node = el("button", className, text);
  node.type = "button";
  if (act) node.onclick = act;
  return node;
}

// A sentence, each date of which stays on one line.
export function sentence(node, text) {
  const parts = String(text ?? "").split(/(\d{4}-\d{2}-\d{2})/);
  node.replaceChildren(...parts.map((part, i) => (i % 2 === 1 ? el("span", "date", part) : part)));
  return node;
}

// What is in Chinese on a page that is in another language.
export function inChinese(node) {
  node.lang = "zh-CN";
  return node;
}

// One child for each entry, in their order: made by `make` when its key is new, filled by `fill` each time.
export function keyed(parent, entries, keyOf, make, fill) {
  const focused = document.activeElement;
  const known = new Map([...parent.children].map(node => [node.dataset.key, node]));
  const keys = new Set(entries.map(keyOf));
  // First what goes: the others then stay where they are, and the browser can keep the reader's place.
  for (const [key, node] of known) if (!keys.has(key)) node.remove();
  let place = parent.firstElementChild;
  for (const entry of entries) {
    const key = keyOf(entry);
    let node = known.get(key);
    if (!node) {
      node = make(entry);
      node.dataset.key = key;
    }
    if (node === place) place = place.nextElementSibling;
    else parent.insertBefore(node, place);
    fill(node, entry);
  }
  // A node that moved lost the focus.
  if (focused !== document.activeElement && parent.contains(focused)) focused.focus({ preventScroll: true });
}

// Names and values, without those that are absent. A value may be a node.
export function pairs(entries) {
  const list = el("dl");
  for (const [name, value] of entries) {
    if (value === null || value === undefined || value === "") continue;
    const place = el("dd");
    place.append(value instanceof Node ? value : String(value));
    list.append(el("dt", "", name), place);
  }
  return list;
}
