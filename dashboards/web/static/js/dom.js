/** Building elements: `el("td", {class: "n"}, "text", child)`. Text is always text, never markup. */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

/** Set the text of an element only when it changes, so that nothing is drawn again for nothing. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Set an attribute only when it changes; null takes it away. */
export function mark(element, name, value) {
  if (value == null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
