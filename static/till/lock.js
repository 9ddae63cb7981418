// A till that nobody touches is locked, and one at which somebody else signed on elsewhere. Only what somebody does counts, not what the page does.

const MINUTE = 60_000 // ms
const LOOK = 15_000 // ms between two looks whether there is a line again
const PATIENCE = 2500 // ms for that
const SESSION = "/till/session"
const SIGN_OFF = "/till/sign-off"
const PEOPLE = "till people" // tabs tell each other here that somebody signed on or off
const SIGN_ON = "/till/sign-on"

export function start(hub) {
  let minutes = Number(hub.settings.lockMinutes)
  let touched = Date.now()
  let told = touched
  let telling = null
  let isDue = false
  let timer = null

  /** Whoever comes back after the time is over finds the till locked: that is no touch. */
  function touch() {
    if (isDue) return
    if (left() <= 0) {
      look()
      return
    }
    touched = Date.now()
    tellSoon()
  }

  /** The server is told once a minute, and sooner where a till is locked after a few. */
  function tellSoon() {
    const pause = Math.min(MINUTE, (minutes * MINUTE) / 4)
    if (telling === null) telling = setTimeout(tell, told + pause - Date.now())
  }

  async function tell() {
    telling = null
    told = Date.now()
    hub.preferences.put("touched", touched)
    try {
      minutes = (await hub.api.post("/till/alive", {})).lock_minutes
    } catch {
      // without a line nobody hears it; what is refused is told where it matters
    }
  }

  /** So long until the till is locked: somebody may be at it in another window. */
  function left() {
    const elsewhere = Math.min(hub.preferences.get("touched") ?? 0, Date.now())
    return Math.max(touched, elsewhere) + minutes * MINUTE - Date.now()
  }

  function look() {
    clearTimeout(timer)
    if (left() > 0 && !isDue) {
      timer = setTimeout(look, left())
      return
    }
    if (isDue) lock()
    else lockAtOnce()
    isDue = true
    timer = setTimeout(look, LOOK)
  }

  for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, touch, true)
  for (const kind of ["online", "focus", "pageshow"]) addEventListener(kind, look)
  hub.on("scanned", touch)
  listenForPeople(hub)
  document.addEventListener("visibilitychange", look)
  look()
}

/** Another tab has let somebody on or off: then, and whenever this one is looked at, it asks who. */
function listenForPeople(hub) {
  const people = new BroadcastChannel(PEOPLE)
  const check = async () => {
    const now = await session()
    if (now === null || now.cashier?.id === hub.settings.cashier) return
    document.body.inert = true
    location.replace(SIGN_ON)
  }
  people.addEventListener("message", check)
  addEventListener("focus", check)
  addEventListener("pageshow", ({ persisted }) => persisted && check())
  document.addEventListener("visibilitychange", () => document.hidden || check())
  people.postMessage("on")
}

/** Whoever wakes a till that slept for too long can do nothing in the moment before it is locked. */
async function lockAtOnce() {
  document.body.inert = true
  if (!(await lock())) document.body.inert = false
}

/**
 * Without a line the till stays as it is: nobody could sign on. It is locked once there is one.
 * Another window of this till may have been faster.
 */
async function lock() {
  let now = await session()
  if (now?.cashier) {
    await signOff(now.csrf)
    now = await session()
  }
  if (now === null || now.cashier) return false
  location.replace(SIGN_ON)
  return true
}

async function session() {
  const answer = await ask(SESSION, { cache: "no-store" })
  return answer?.ok ? answer.json().catch(() => null) : null
}

const signOff = (token) =>
  ask(SIGN_OFF, { method: "POST", headers: { "X-CSRFToken": token }, redirect: "manual" })

const ask = (address, options) =>
  fetch(address, { ...options, signal: AbortSignal.timeout(PATIENCE) }).catch(() => null)
