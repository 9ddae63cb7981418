// What the customer sees. A window hears from its till, a phone asks the server. Where nobody is signed on any more both show nothing.

import { IDLE, NAME } from "./facing.js"
import { format } from "./money.js"
import { fill, get, large, show, text, write } from "./page.js"

const PAUSE = 1000 // ms between two questions of a phone
const DOWN = 4000 // ms before it asks again when the line was down
const LOOK = 5000 // ms between two looks of a window whether somebody is signed on

const { source, locale, currency, exponent } = document.body.dataset
const money = (minor) => format(minor, { locale, currency, exponent: Number(exponent) })
const number = new Intl.NumberFormat(locale)

function face(told) {
  const now = { ...IDLE, ...told }
  const part = get("facing-sale")
  part.hidden = now.phase === "idle"
  get("facing-join").hidden = !mayJoin(now)
  document.body.dataset.phase = now.phase
  show(part, "thanks", now.phase === "settled")
  fill(part, "name", now.name)
  tell(part, "total", money(now.total ?? 0), now.total !== null && now.total !== now.to_pay)
  tell(part, "discount", `−${money(now.discount)}`, now.discount > 0)
  tell(part, "spent", number.format(now.spent), now.spent > 0)
  show(part, "to-pay", now.to_pay !== null)
  large(part, "to-pay", now.to_pay === null ? "" : money(now.to_pay))
  tell(part, "earned", number.format(now.earned), now.earned > 0)
  tell(part, "available", number.format(now.available ?? 0), now.available !== null)
}

/** A figure that is not shown is not there either: it was another customer's. */
function tell(part, name, value, shown) {
  show(part, name, shown)
  fill(part, name, shown ? value : "")
}

/** Who has a card is not asked to get one. */
const mayJoin = ({ phase, available, earned }) =>
  phase === "idle" || (phase === "settled" && available === null && earned === 0)

/** @returns {number | null} ms until it is to be asked again; null where nobody will answer */
async function ask() {
  try {
    const answer = await fetch(source, { cache: "no-cache", signal: AbortSignal.timeout(DOWN) })
    if (answer.status === 404) {
      face(IDLE)
      write(get("facing-say"), text("gone"))
      return null
    }
    if (!answer.ok) return DOWN
    face(await answer.json())
    write(get("facing-say"), "")
    return PAUSE
  } catch {
    face(IDLE)
    write(get("facing-say"), text("no-line"))
    return DOWN
  }
}

async function follow() {
  const pause = document.hidden ? PAUSE : await ask()
  if (pause !== null) setTimeout(follow, pause)
}

function listen() {
  const till = new BroadcastChannel(NAME)
  till.addEventListener("message", ({ data }) => data.facing && face(data.facing))
  till.postMessage({ hello: true })
  setInterval(look, LOOK)
}

/** A till that the server has locked, or that is gone, tells its window nothing. */
async function look() {
  const answer = await fetch("/till/session", {
    cache: "no-store",
    signal: AbortSignal.timeout(DOWN),
  }).catch(() => null)
  const now = answer?.ok ? await answer.json().catch(() => null) : null
  if (now && !now.cashier) face(IDLE)
}

/** A display that goes dark shows nothing. */
function stayAwake() {
  if (!document.hidden) navigator.wakeLock?.request("screen").catch(() => null)
}

face(IDLE)
if (source) follow()
else listen()
stayAwake()
document.addEventListener("visibilitychange", stayAwake)
