// Keys for all of it. A thing on the page names its key itself (aria-keyshortcuts), and is listed.

import { get } from "./page.js"

export function start() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !/^F\d+$/.test(event.key)) return
    const thing = named(event.shiftKey ? `Shift+${event.key}` : event.key)
    if (!thing) return
    event.preventDefault()
    use(thing)
  })
  const dialog = get("keys-dialog")
  get("keys").addEventListener("click", () => {
    get("keys-list").replaceChildren(...everything().map(row))
    dialog.showModal()
  })
}

const everything = () =>
  [...document.querySelectorAll("[aria-keyshortcuts]")].filter((one) => one.checkVisibility())

/** The thing with this key that can be reached now: behind an open dialog nothing can. */
function named(key) {
  const reach = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document
  return everything().find(
    (one) => one.getAttribute("aria-keyshortcuts") === key && reach.contains(one),
  )
}

function use(thing) {
  if (!thing.matches("input, textarea, select")) {
    thing.click()
    return
  }
  thing.focus()
  thing.select?.()
}

function row(thing) {
  const key = document.createElement("kbd")
  key.textContent = thing.getAttribute("aria-keyshortcuts")
  const item = document.createElement("li")
  item.append(key, ` ${label(thing)}`)
  return item
}

const label = (thing) =>
  thing.dataset.keyLabel ??
  thing.getAttribute("aria-label") ??
  (thing.labels?.[0]?.textContent || thing.textContent).trim()
