// What was quoted is held for this customer: quietly, behind the sale. Nobody waits for it.

import { get } from "./page.js"
import * as sales from "./sale.js"

const ANEW = 60_000 // ms after which the next quote begins a hold anew; it lasts two minutes

export function start(hub) {
  let held = hub.kept.get("held") ?? []
  let since = 0
  let asking = new AbortController()
  let line = Promise.resolve()

  /** One request after the other, so that a hold and its end come in the order they were meant. */
  const then = (work) => {
    line = line.then(work).catch(() => null)
  }
  const remember = (codes) => {
    held = codes
    hub.kept.put("held", codes)
  }

  function place(codes, revision) {
    remember([...new Set([...held, ...codes])])
    since = performance.now()
    then(async () => {
      try {
        await hub.api.post("/holds", { coupons: codes }, { signal: asking.signal })
      } catch (error) {
        if (error.code === "coupon_held" && hub.sale.revision === revision) askAgain(hub)
      }
      const over = codes.filter((code) => !held.includes(code)) // its sale was faster
      if (over.length > 0) release(over)
    })
  }

  function release(codes) {
    then(() => hub.api.post("/holds/release", { coupons: codes }))
  }

  hub.on("change", ({ sale }) => {
    if (sale.phase === "settling") {
      asking.abort() // what is about to be used need not be held any more
      asking = new AbortController()
    }
    if (sale.phase === "settled") remember([])
    if (sale.phase !== "open") return
    const gone = held.filter((code) => !sales.has(sale, code))
    if (gone.length > 0) {
      remember(held.filter((code) => sales.has(sale, code)))
      release(gone)
    }
    const wanted = sales.counting(sale)
    const isNew = wanted.some((code) => !held.includes(code))
    if (isNew || (wanted.length > 0 && performance.now() - since > ANEW)) {
      place(wanted, sale.revision)
    }
  })

  document.querySelector(".till-who")?.addEventListener("submit", () => {
    if (held.length > 0) hub.beacon("/api/v1/holds/release", { coupons: held })
    hub.kept.put("held", null)
  })
  get("coupons").addEventListener("click", ({ target }) => {
    const button = target.closest("[data-do=let-go]")
    if (button) letGo(hub, button.value)
  })
}

/** Another till holds it: a second person lets it go. */
async function letGo(hub, code) {
  const sent = { coupons: [code], everywhere: true }
  try {
    await hub.approved((approval) => hub.api.post("/holds/release", sent, { approval }))
    hub.play("good")
    hub.say("")
    hub.become(sales.freed(hub.sale, code))
  } catch (error) {
    hub.say(hub.sentence(error), "bad")
    hub.play("bad")
    askAgain(hub)
  }
}

const askAgain = (hub) => hub.become(sales.again(hub.sale))
