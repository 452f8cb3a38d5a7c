/** Builds an element. `on…` props are listeners, `class`, `style` and `data` are set as such, true/false toggle attributes. */
export function h(tag, props, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(props ?? {})) setProp(element, name, value)
  append(element, children)
  return element
}

function setProp(element, name, value) {
  if (value === undefined || value === null || value === false) return
  if (name.startsWith('on')) element.addEventListener(name.slice(2), value)
  else if (name === 'data') Object.assign(element.dataset, value)
  else if (name === 'value') element.value = value
  else element.setAttribute(name, value === true ? '' : String(value))
}

/** Adds children; text stays text, so nothing that came over the wire becomes markup. */
export function append(element, children) {
  for (const child of children.flat(9)) {
    if (child === undefined || child === null || child === false || child === '') continue
    element.append(child instanceof Node ? child : document.createTextNode(String(child)))
  }
  return element
}

/** Replaces everything inside an element. */
export function fill(element, ...children) {
  element.replaceChildren()
  return append(element, children)
}

/** Makes these the children of an element without touching those that stay, so focus, selection and scrolling survive. */
export function arrange(element, nodes) {
  const wanted = nodes.flat(9).filter((node) => node instanceof Node)
  const keep = new Set(wanted)
  for (const child of [...element.childNodes]) {
    if (!keep.has(child)) child.remove()
  }
  for (const [index, node] of wanted.entries()) {
    if (element.childNodes[index] !== node) element.insertBefore(node, element.childNodes[index] ?? null)
  }
}

/** The first element for a selector; throws where the page is not what the scripts expect. */
export function the(selector) {
  const element = document.querySelector(selector)
  if (element === null) throw new Error(`the page has no ${selector}`)
  return element
}

const paths = {
  hash: 'M9 4 7 20M17 4l-2 16M4 9h16.5M3.5 15H20',
  lock: 'M7 11V8a5 5 0 0 1 10 0v3M5.5 11h13v9h-13z',
  chat: 'M4 5h16v11H9l-5 4z',
  send: 'M4 12 20 4l-5 16-3.5-6.5z',
  close: 'M6 6l12 12M18 6 6 18',
  back: 'M15 5l-7 7 7 7',
  search: 'M10.5 4a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM15.5 15.5 21 21',
  sun: 'M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M19 5l-2 2M7 17l-2 2',
  moon: 'M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z',
  lab: 'M9 3h6M10 3v6L4.5 19a1.5 1.5 0 0 0 1.4 2h12.2a1.5 1.5 0 0 0 1.4-2L14 9V3M7.5 15h9',
  eye: 'M2 12s3.5-6 10-6 10 6 10 6-3.5 6-10 6-10-6-10-6zM12 9.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5z',
  reply: 'M4 5h16v10h-9l-4 4v-4H4z',
  smile: 'M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zM8.5 10h.01M15.5 10h.01M8 14.5c2 2.5 6 2.5 8 0',
  more: 'M5 12h.01M12 12h.01M19 12h.01',
  down: 'M6 9l6 6 6-6',
  check: 'M5 12.5 10 17.5 19.5 7',
  users:
    'M9 5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7zM2.5 20c.5-4 3-6 6.5-6s6 2 6.5 6M16 5.5a3 3 0 0 1 0 6M18 14.5c2 .8 3.200 2.500 3.500 5.500',
  menu: 'M4 7h16M4 12h16M4 17h16',
  stop: 'M7 7h10v10H7z',
  trash: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13',
  pulse: 'M3 12h4l2.500-6 4 12 2.500-6H21',
  link: 'M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1',
  info: 'M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zM12 11v5.500M12 7.500h.01',
  alert: 'M12 4 2.500 20h19zM12 10v4.500M12 17.200h.01',
  merge: 'M7 6v12M7 5a2 2 0 1 1 0 .01M7 19a2 2 0 1 1 0 .01M17 13a2 2 0 1 1 0 .01M7 8c1 4 5 4.500 8 4.500',
}

/** A line icon of 24 units; decorative, so hidden from screen readers. */
export function icon(name, size = 18) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  const attributes = {
    viewBox: '0 0 24 24',
    width: size,
    height: size,
    'aria-hidden': 'true',
    class: `icon icon-${name}`,
  }
  for (const [key, value] of Object.entries(attributes)) svg.setAttribute(key, String(value))
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path')
  path.setAttribute('d', paths[name] ?? '')
  svg.append(path)
  return svg
}

/** A labelled icon button. */
export function iconButton(name, label, onclick, props = {}) {
  return h(
    'button',
    { type: 'button', class: 'icon-button', 'aria-label': label, title: label, onclick, ...props },
    icon(name),
  )
}

/** Shows a short note at the bottom that screen readers hear. */
export function toast(text, kind = 'info') {
  const note = h('div', { class: `toast ${kind}` }, text)
  the('#toasts').append(note)
  setTimeout(() => note.remove(), 6000)
}
