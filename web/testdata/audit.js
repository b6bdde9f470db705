// Gives what is wrong with the page as it stands, by rules of WCAG 2.2 AA that can be computed: names (4.1.2, 1.1.1), headings
// and ids (1.3.1), contrast (1.4.3), target size (2.5.8), reflow (1.4.10); and that the refund link is there, as prominent as
// what the shopper chooses between.
(() => {
  const wrong = [];
  const seen = (node) => node.checkVisibility() && node.getBoundingClientRect().width > 1;
  const all = (selector) => [...document.querySelectorAll(selector)].filter(seen);
  for (const node of all("button, a[href], summary")) {
    const { width, height } = node.getBoundingClientRect();
    if (node.textContent.trim() === "") wrong.push(`no name: ${node.outerHTML}`);
    if (!node.closest(".guide-text, .masthead, .skip") && (width < 24 || height < 24)) wrong.push(`too small: ${node.outerHTML} ${width}×${height}`);
  }
  for (const node of all("input, select")) if (node.labels.length === 0) wrong.push(`no label: ${node.outerHTML}`);
  for (const node of document.querySelectorAll("img:not([alt])")) wrong.push(`no alt: ${node.outerHTML}`);
  const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
  ids.filter((id, n) => ids.indexOf(id) !== n).forEach((id) => wrong.push(`twice: #${id}`));
  for (const node of document.querySelectorAll("[aria-labelledby], [aria-describedby]")) {
    const name = node.getAttribute("aria-labelledby") ?? node.getAttribute("aria-describedby");
    if (!document.getElementById(name)) wrong.push(`nothing is #${name}`);
  }
  let level = 0;
  for (const heading of document.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
    const now = Number(heading.tagName[1]);
    if (now > level + 1) wrong.push(`h${level} is followed by ${heading.outerHTML}`);
    level = now;
  }
  const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
  const luminance = (colour) => {
    const [r, g, b] = channels(colour).map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if ((channels(colour)[3] ?? 1) === 1) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const node = text.parentElement;
    if (text.data.trim() === "" || !seen(node)) continue;
    const [dark, light] = [luminance(getComputedStyle(node).color), luminance(ground(node))].sort((a, b) => a - b);
    const ratio = (light + 0.05) / (dark + 0.05);
    if (ratio < 4.5) wrong.push(`contrast ${ratio.toFixed(2)}: ${text.data.trim()}`);
  }
  const page = document.scrollingElement;
  if (page.scrollWidth > innerWidth) wrong.push(`${page.scrollWidth} px wide in ${innerWidth}`);
  const refund = all(".guide-refund a");
  if (document.querySelector("fixfirst-guide")) {
    if (refund.length !== 1) wrong.push(`${refund.length} refund links`);
    for (const button of all(".guide-actions button, .guide-symptoms button")) {
      const [a, b] = [button, refund[0]].map((node) => getComputedStyle(node));
      for (const what of ["backgroundColor", "color", "fontSize", "fontWeight", "minHeight", "borderColor"]) {
        if (a[what] !== b[what]) wrong.push(`${what} of the refund link is ${b[what]}, of “${button.textContent}” ${a[what]}`);
      }
    }
  }
  return wrong.join("\n");
})()
