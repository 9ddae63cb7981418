// What is scanned or typed goes in here: a scanner that types, the camera, the field for codes.

import { Problem } from "./api.js"
import { makeOnce } from "./once.js"
import { get, text, withAdvice } from "./page.js"
import * as sales from "./sale.js"
import { Scanner } from "./scanner.js"
import * as view from "./view.js"
import { Wedge } from "./wedge.js"

const QUIET = 300 // ms in which a lookup is done without a word, so that nothing flickers

const once = makeOnce()

let scans = 0 // how many were looked up
let looking = 0 // how many are being looked up
let latest = 0 // the last of them that is not one of several: a card, a friend's code, a blank card

export function start(hub) {
  const take = (code, decoded) => {
    if (!once(code, performance.now())) return
    if (decoded !== undefined) hub.emit("timed", { kind: "decode", ms: decoded })
    hub.take(code)
  }
  hub.taken((code) => lookUp(hub, code))
  hub.reads("card", (code, answer) => withCard(hub, code, answer))
  hub.reads("coupon", (code, answer) => withCoupon(hub, code, answer))
  hub.on("forget", letAgain)

  listenForKeys(take)
  listenForCamera(hub, take)
  get("code-form").addEventListener("submit", (event) => {
    event.preventDefault()
    const code = get("code").value.trim()
    get("code").value = ""
    if (code) take(code)
  })
  get("card-remove").addEventListener("click", () => {
    hub.become(sales.withoutCard(hub.sale))
    view.showSpend(hub.sale)
    hub.say("")
    hub.rest()
  })
  get("coupons").addEventListener("click", ({ target }) => {
    const button = target.closest("[data-do=remove]")
    if (!button) return
    hub.become(sales.withoutCoupon(hub.sale, button.value))
    hub.say("")
    hub.rest()
  })
  get("held").addEventListener("click", ({ target }) => {
    const button = target.closest("[data-do=use]")
    if (button) take(button.value)
  })
}

async function lookUp(hub, code) {
  const { phase } = hub.sale
  if (phase === "settling" || phase === "unknown") {
    hub.tell("busy", "bad")
    return
  }
  if (phase === "settled") hub.next()
  const there = sales.held(hub.sale, code)
  if (there) {
    if (there.outcome?.counts === false) hub.refuse(why(there.outcome))
    else hub.tell("coupon-there")
    return
  }
  hub.play("scan")
  const began = performance.now()
  const asked = { sale: hub.number, scan: ++scans }
  const waiting = setTimeout(() => hub.say(text("reading")), QUIET)
  looks(+1)
  try {
    const answer = await hub.api.scan(code)
    clearTimeout(waiting)
    if (isWanted(hub, asked, answer.kind)) receive(hub, code, answer)
    else letAgain()
  } catch (error) {
    clearTimeout(waiting)
    letAgain()
    if (asked.sale === hub.number) complain(hub, error)
  } finally {
    looks(-1)
  }
  shown(() => hub.emit("timed", { kind: "answer", ms: performance.now() - began }))
}

function looks(more) {
  looking += more
  get("code-form").ariaBusy = String(looking > 0)
}

/**
 * An answer that comes late is for nobody: the sale is another one, or is being settled without
 * it, or a newer scan has taken its place. Of coupons there may be several.
 */
function isWanted(hub, { sale, scan }, kind) {
  if (sale !== hub.number) return false
  if (hub.sale.phase !== "open") {
    hub.tell("too-late", "bad")
    return false
  }
  if (kind === "coupon") return true
  if (scan < latest) return false
  latest = scan
  return true
}

/** What the server refuses is large; what has failed may be scanned again. */
function complain(hub, error) {
  const isRefusal = error instanceof Problem && !error.isUnknown && error.status !== 401
  if (isRefusal) {
    hub.refuse(hub.sentence(error))
    return
  }
  hub.unveil()
  hub.say(hub.sentence(error), "bad")
  hub.play("bad")
}

/** Once what was changed is on the screen: after the next frame was drawn. */
const shown = (act) => requestAnimationFrame(() => setTimeout(act))

/** What is scanned by hand may come again at once; a camera still looks at the same code. */
function letAgain() {
  if (get("camera").hidden) once.forget()
}

function receive(hub, code, answer) {
  const read = hub.reader(answer.kind)
  if (!read) {
    hub.refuse(text("not-for-till"))
    return
  }
  hub.unveil()
  read(code, answer)
  hub.emit("scanned", { kind: answer.kind })
}

function withCard(hub, code, answer) {
  hub.become(sales.scanned(hub.sale, code, answer))
  view.showSpend(hub.sale)
  const name = answer.customer.name ?? view.grouped(answer.card.number)
  hub.say(text("card-read", { name }), "good")
  onToTotal(hub)
}

function withCoupon(hub, code, answer) {
  hub.become(sales.scanned(hub.sale, code, answer))
  if (answer.coupon.usable) {
    hub.say(text("coupon-read", { offer: hub.sale.coupons.at(-1).offer }), "good")
    onToTotal(hub)
  } else {
    hub.refuse(why(answer.coupon.reason ?? {}))
  }
}

const why = ({ code, detail }) => (detail ? withAdvice(code, detail) : text("not-now"))

/** The total is next, unless the camera or a hand is at the next code already. */
function onToTotal(hub) {
  const isBusy = !get("camera").hidden || get("code").value !== ""
  if (hub.sale.total === null && !isBusy) get("total").focus()
}

function listenForKeys(take) {
  const wedge = new Wedge(take)
  document.addEventListener(
    "keydown",
    (event) => {
      if (!wedge.key(event)) return
      event.preventDefault()
      event.stopPropagation()
    },
    true,
  )
}

function listenForCamera(hub, take) {
  const torch = get("torch")
  const scanner = new Scanner(get("video"), take, (state) => {
    view.showCamera(hub, state)
    if (state !== "starting") hub.preferences.put("camera", state === "looking")
    torch.hidden = state !== "looking" || !scanner.hasTorch
    torch.ariaPressed = "false"
  })
  torch.addEventListener("click", async () => {
    const lit = torch.ariaPressed !== "true"
    try {
      await scanner.light(lit)
      torch.ariaPressed = String(lit)
    } catch {
      torch.hidden = true // the camera said that it has a light, and has none
    }
  })
  get("camera-toggle").addEventListener("click", () => {
    if (scanner.isOn) scanner.stop()
    else scanner.start()
  })
  document.addEventListener("keydown", ({ key }) => {
    if (key === "Escape" && scanner.isOn && !document.querySelector("dialog[open]")) scanner.stop()
  })
  if (hub.preferences.get("camera")) scanner.start()
}
