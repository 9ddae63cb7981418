// The till as an installed app: the service worker that keeps it, and its updates. A new version
// takes over while no sale is open; sales that wait to be sent are none of its business.

const WORKER = { address: "/till/sw.js", scope: "/till" }
const LOOK = 30 * 60_000 // ms between two looks for a new version
const QUIET = 1500 // ms in which nothing has happened

export function start(hub) {
  if (!navigator.serviceWorker) return // not a secure address
  const { serviceWorker } = navigator
  let registration = null
  let isKept = Boolean(serviceWorker.controller)
  let isOld = false
  let timer = null

  function soon() {
    clearTimeout(timer)
    timer = setTimeout(go, QUIET)
  }

  function go() {
    if (!isIdle(hub.sale)) return
    if (isOld) location.reload()
    else if (isKept) registration?.waiting?.postMessage("take over")
  }

  serviceWorker.addEventListener("controllerchange", () => {
    isOld = isKept
    isKept = true
    soon()
  })
  hub.on("change", soon)

  async function register() {
    registration = await serviceWorker.register(WORKER.address, { scope: WORKER.scope })
    registration.addEventListener("updatefound", () =>
      registration.installing?.addEventListener("statechange", soon),
    )
    soon()
    setInterval(() => registration.update().catch(() => null), LOOK)
  }
  register().catch(() => null) // without it there is no till after a reload without a line, no more
}

/** Nothing is begun, and nothing stands there to be read. */
function isIdle({ phase, card, coupons, total }) {
  const isEmpty = phase === "open" && card === null && coupons.length === 0 && total === null
  return isEmpty && !document.querySelector("dialog[open]")
}
