// Nodes made from data, kept as long as their data stay: what has the focus keeps it while everything moves.

export const at = id => document.getElementById(id);

export function el(name, className, text) {
  const node = document.createElement(name);
  if (className) node.className = className;
  if (text !== undefined && text !== null) node.textContent = String(text);
  return node;
}

// One child for each entry, in their order: made by `make` when its key is new, filled by `fill` each time.
export function keyed(parent, entries, keyOf, make, fill) {
  const known = new Map([...parent.children].map(node => [node.dataset.key, node]));
  let place = parent.firstElementChild;
  for (const entry of entries) {
    const key = keyOf(entry);
    let node = known.get(key);
    if (node) {
      known.delete(key);
    } else {
      node = make(entry);
      node.dataset.key = key;
    }
    if (node === place) place = place.nextElementSibling;
    else parent.insertBefore(node, place);
    fill(node, entry);
  }
  for (const node of known.values()) node.remove();
}

// Names and values, without those that are absent.
export function pairs(entries) {
  const list = el("dl");
  for (const [name, value] of entries) {
    if (value === null || value === undefined || value === "") continue;
    list.append(el("dt", "", name), el("dd", "", value));
  }
  return list;
}
