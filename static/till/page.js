// Small helpers over the page. Every text a cashier reads stands in the template.

export const get = (id) => document.getElementById(id)

/** A sentence of the template, with {name} filled in. */
export function text(name, values = {}) {
  const sentence = document.querySelector(`[data-texts] [data-text="${name}"]`).textContent
  return sentence.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole)
}

/** What was refused, and what to do next where the refusal does not say it itself. Some of it is for a
 *  coupon that has a field for its goods, and the rest for one that has none. */
export function withAdvice(code, detail, hasGoods = false) {
  const about = `[data-advices] [data-advice~="${CSS.escape(code)}"]`
  const said =
    (hasGoods && document.querySelector(`${about}[data-with-goods]`)) ||
    document.querySelector(`${about}:not([data-with-goods])`)
  return said ? `${detail} ${said.textContent.trim()}` : detail
}

/** Write into the slot of a part; what has not changed is not touched, and so not read out again. */
export function fill(part, name, value) {
  write(part.querySelector(`[data-slot="${name}"]`), value ?? "")
}

export function write(element, value) {
  if (element.textContent !== String(value)) element.textContent = value
}

/** A figure that is read from afar: the style makes it as large as so many letters can be. */
export function large(part, name, value) {
  fill(part, name, value)
  part.querySelector(`[data-slot="${name}"]`).style.setProperty("--letters", value.length)
}

/** Show a named piece of a part, or hide it. */
export function show(part, name, shown) {
  part.querySelector(`[data-part="${name}"]`).hidden = !shown
}

/** A label and a figure, shown only where the figure says something. */
export function figure(part, name, value, shown) {
  show(part, name, shown)
  if (shown) fill(part, name, value)
}

/** A new piece of page from a template. */
export const copy = (id) => get(id).content.firstElementChild.cloneNode(true)

export function list(parent, texts) {
  parent.replaceChildren(
    ...texts.map((each) => Object.assign(document.createElement("li"), { textContent: each })),
  )
}
