// The till: makes the hub and starts its parts. What each of them does stands in its own module.

import * as approval from "./approval.js"
import * as display from "./display.js"
import * as enrolling from "./enrolling.js"
import * as finding from "./finding.js"
import * as history from "./history.js"
import * as holds from "./holds.js"
import { Hub } from "./hub.js"
import * as installed from "./installed.js"
import { keepFor, makeKeeper } from "./keep.js"
import * as last from "./last.js"
import * as lock from "./lock.js"
import * as offline from "./offline.js"
import { get } from "./page.js"
import * as scanning from "./scanning.js"
import * as selling from "./selling.js"
import * as shortcuts from "./shortcuts.js"
import { makeSound } from "./sound.js"
import * as timings from "./timings.js"

const PARTS = [
  timings,
  offline,
  scanning,
  selling,
  holds,
  history,
  display,
  last,
  shortcuts,
  approval,
  lock,
  installed,
  enrolling,
  finding,
]

const kept = makeKeeper(sessionStorage)
const preferences = makeKeeper(localStorage)
keepFor(kept, document.body.dataset.cashier)
const hub = new Hub({
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
