// The till: makes the hub and starts its parts. What each of them does stands in its own module.

import { makeApi, makeSender } from "./api.js"
import { Hub } from "./hub.js"
import { makeKeeper } from "./keep.js"
import * as last from "./last.js"
import { get } from "./page.js"
import * as scanning from "./scanning.js"
import * as selling from "./selling.js"
import * as shortcuts from "./shortcuts.js"
import { makeSound } from "./sound.js"
import * as timings from "./timings.js"

const PARTS = [timings, scanning, selling, last, shortcuts]

const csrfToken = document.querySelector("meta[name=csrf-token]").content
const kept = makeKeeper(sessionStorage)
const preferences = makeKeeper(localStorage)
const hub = new Hub({
  api: makeApi(makeSender({ fetch: window.fetch.bind(window), csrfToken })),
  kept,
  preferences,
  play: makePlay(),
  settings: document.body.dataset,
})

function makePlay() {
  const button = get("sound")
  const sound = makeSound()
  const play = (name) => {
    const heard = button.ariaPressed === "true"
    if (heard && navigator.userActivation?.hasBeenActive !== false) sound(name)
  }
  button.ariaPressed = String(preferences.get("sound") ?? true)
  button.addEventListener("click", () => {
    button.ariaPressed = String(button.ariaPressed !== "true")
    preferences.put("sound", button.ariaPressed === "true")
    play("scan")
  })
  return play
}

/** The next cashier starts with nothing, unless a sale is still without an answer. */
function listenForSignOff() {
  document.querySelector(".till-who")?.addEventListener("submit", () => {
    if (hub.sale.phase === "settling" || hub.sale.phase === "unknown") return
    kept.put("sale", null)
    kept.put("last", null)
  })
}

for (const part of PARTS) part.start(hub)
listenForSignOff()
selling.resume(hub)
if (hub.sale.phase === "open" && hub.sale.card === null) hub.rest()
requestAnimationFrame(() =>
  setTimeout(() => hub.emit("timed", { kind: "start", ms: performance.now() })),
)
