// What is scanned or typed goes in here: a scanner that types, the camera, the field for codes.

import { makeOnce } from "./once.js"
import { get, text, withAdvice } from "./page.js"
import * as sales from "./sale.js"
import { Scanner } from "./scanner.js"
import * as view from "./view.js"
import { Wedge } from "./wedge.js"

const QUIET = 300 // ms in which a lookup is done without a word, so that nothing flickers

const once = makeOnce()

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
    hub.rest()
  })
  get("coupons").addEventListener("click", ({ target }) => {
    const button = target.closest("[data-do=remove]")
    if (!button) return
    hub.become(sales.withoutCoupon(hub.sale, button.value))
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
  if (sales.has(hub.sale, code)) {
    hub.tell("coupon-there")
    return
  }
  hub.play("scan")
  const began = performance.now()
  const waiting = setTimeout(() => hub.say(text("reading")), QUIET)
  try {
    receive(hub, code, await hub.api.scan(code))
  } catch (error) {
    hub.say(hub.sentence(error), "bad")
    hub.play("bad")
    letAgain()
  } finally {
    clearTimeout(waiting)
  }
  shown(() => hub.emit("timed", { kind: "answer", ms: performance.now() - began }))
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
    hub.tell("not-for-till", "bad")
    return
  }
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
  } else {
    const { code, detail } = answer.coupon.reason ?? {}
    hub.say(detail ? withAdvice(code, detail) : text("refused"), "bad")
    hub.play("bad")
  }
  onToTotal(hub)
}

function onToTotal(hub) {
  if (hub.sale.total === null && get("camera").hidden) get("total").focus()
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
