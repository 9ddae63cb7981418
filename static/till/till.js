// The till: makes the hub and starts its parts. What each of them does stands in its own module.

import { makeApi, makeSender } from "./api.js"
import * as approval from "./approval.js"
import * as holds from "./holds.js"
import { Hub } from "./hub.js"
import { keepFor, makeKeeper } from "./keep.js"
import * as last from "./last.js"
import * as lock from "./lock.js"
import { get } from "./page.js"
import * as scanning from "./scanning.js"
import * as selling from "./selling.js"
import * as shortcuts from "./shortcuts.js"
import { makeSound } from "./sound.js"
import * as timings from "./timings.js"

const PARTS = [timings, scanning, selling, holds, last, shortcuts, approval, lock]

const csrfToken = document.querySelector("meta[name=csrf-token]").content
const kept = makeKeeper(sessionStorage)
const preferences = makeKeeper(localStorage)
keepFor(kept, document.body.dataset.cashier)
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

for (const part of PARTS) part.start(hub)
selling.resume(hub)
if (hub.sale.phase === "open" && hub.sale.card === null) hub.rest()
requestAnimationFrame(() =>
  setTimeout(() => hub.emit("timed", { kind: "start", ms: performance.now() })),
)
