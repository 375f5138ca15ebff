/** Elements with attributes, listeners (`onclick`) and children. */

const SVG = "http://www.w3.org/2000/svg";

export const element = (tag, attributes = {}, ...children) => made(document.createElement(tag), attributes, children);
export const drawn = (tag, attributes = {}, ...children) => made(document.createElementNS(SVG, tag), attributes, children);

function made(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

export const byId = (id) => document.getElementById(id);

/** A rate as people read it: six digits. */
export const short = (value) => (Number.isFinite(value) ? String(Number(value.toPrecision(6))) : String(value));
