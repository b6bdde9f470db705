// Elements of the guide are made here and nowhere else.

/** Makes an element with attributes; an attribute that is false or undefined is left out, and so are absent children. */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") {
      node.addEventListener(name, value);
    } else if (value !== undefined && value !== false) {
      node.setAttribute(name, value === true ? "" : value);
    }
  }
  node.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== false));
  return node;
}

/**
 * Makes nodes of HTML that the server has sanitised. The parser's document runs no scripts and loads nothing, and what comes
 * out of it is under the policy of the page.
 * @returns {Node[]}
 */
export function sanitised(html) {
  return [...new DOMParser().parseFromString(html, "text/html").body.childNodes].map((node) => document.adoptNode(node));
}
