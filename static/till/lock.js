// A till that nobody touches is locked. Only what somebody does counts, not what the page does.

const MINUTE = 60_000 // ms
const LOOK = 15_000 // ms between two looks whether there is a line again
const PATIENCE = 2500 // ms for that
const SESSION = "/till/session"

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
    if (Date.now() - touched >= minutes * MINUTE) {
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
    try {
      minutes = (await hub.api.post("/till/alive", {})).lock_minutes
    } catch {
      // without a line nobody hears it; what is refused is told where it matters
    }
  }

  function look() {
    clearTimeout(timer)
    const left = touched + minutes * MINUTE - Date.now()
    if (left > 0 && !isDue) {
      timer = setTimeout(look, left)
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
  document.addEventListener("visibilitychange", look)
  look()
}

/** Whoever wakes a till that slept for too long can do nothing in the moment before it is locked. */
async function lockAtOnce() {
  document.body.inert = true
  if (!(await lock())) document.body.inert = false
}

/** Without a line the till stays as it is: nobody could sign on. It is locked once there is one. */
async function lock() {
  const token = await reachable()
  if (token === null) return false
  const form = document.querySelector("[data-sign-off]")
  form.elements.csrf_token.value = token
  form.submit()
  return true
}

async function reachable() {
  try {
    const signal = AbortSignal.timeout(PATIENCE)
    const answer = await fetch(SESSION, { credentials: "same-origin", cache: "no-store", signal })
    return answer.ok ? (await answer.json()).csrf : null
  } catch {
    return null
  }
}
