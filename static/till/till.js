// The till: scans and fields go in, one sale is settled, the page shows it.

import { makeApi, makeSender, NoAnswer, newKey, Problem } from "./api.js"
import { makeKeeper } from "./keep.js"
import { parse } from "./money.js"
import { makeOnce } from "./once.js"
import { get, text } from "./page.js"
import * as sales from "./sale.js"
import { Scanner } from "./scanner.js"
import { makeSound } from "./sound.js"
import * as view from "./view.js"
import { Wedge } from "./wedge.js"

const TYPING = 250 // ms without a key before a quote is asked for
const AGAIN = 3000 // ms before a quote is asked for again when the line was down
const SETTLING_KEYS = 500 // ms in which a second Enter is still meant for the sale before

const { currency, exponent } = document.body.dataset
const csrfToken = document.querySelector("meta[name=csrf-token]").content
const api = makeApi(makeSender({ fetch: window.fetch.bind(window), csrfToken }))
const kept = makeKeeper(sessionStorage)
const preferences = makeKeeper(localStorage)
const once = makeOnce()
const sound = makeSound()

let sale = { ...(kept.get("sale") ?? sales.EMPTY), unclear: [] }
let last = kept.get("last")
let quoteTimer = null
let answeredAt = 0

/** The one way to another sale: keep it, show it, and ask what it costs. */
function become(next) {
  if (next === sale) return
  const moved = next.revision !== sale.revision
  sale = next
  kept.put("sale", sale)
  view.showSale(sale)
  view.showLast(last, sale)
  if (moved) askSoon(TYPING)
}

function remember(next) {
  last = next
  kept.put("last", last)
  view.showLast(last, sale)
}

function play(name) {
  const heard = get("sound").ariaPressed === "true"
  if (heard && navigator.userActivation?.hasBeenActive !== false) sound(name)
}

// scans

async function take(code) {
  if (!once(code, performance.now())) return
  if (sale.phase === "settling" || sale.phase === "unknown") {
    tell("busy", "bad")
    return
  }
  if (sale.phase === "settled") startNext()
  if (sales.has(sale, code)) {
    tell("coupon-there")
    return
  }
  play("scan")
  view.say(text("reading"))
  try {
    receive(code, await api.scan(code))
  } catch (error) {
    view.say(sentence(error), "bad")
    play("bad")
    letAgain()
  }
}

/** What is scanned by hand may come again at once; a camera still looks at the same code. */
function letAgain() {
  if (get("camera").hidden) once.forget()
}

function receive(code, answer) {
  if (answer.kind === "referral") {
    tell("friend-code")
    return
  }
  if (answer.kind !== "card" && answer.kind !== "coupon") {
    tell("not-for-till", "bad")
    return
  }
  become(sales.scanned(sale, code, answer))
  if (answer.kind === "card") {
    view.showSpend(sale)
    const name = answer.customer.name ?? view.grouped(answer.card.number)
    view.say(text("card-read", { name }), "good")
  } else if (answer.coupon.usable) {
    view.say(text("coupon-read", { offer: sale.coupons.at(-1).offer }), "good")
  } else {
    view.say(answer.coupon.reason?.detail ?? text("refused"), "bad")
    play("bad")
  }
  if (sale.total === null && get("camera").hidden) get("total").focus()
}

function tell(name, tone) {
  view.say(text(name), tone)
  if (tone === "bad") play("bad")
}

function sentence(error) {
  if (error instanceof NoAnswer) return text("no-line")
  if (!(error instanceof Problem)) throw error
  if (error.status === 401) return text("signed-off")
  return error.isUnknown ? text("server-failed") : error.detail || text("refused")
}

const problem = (error) => ({
  status: error.status ?? 0,
  code: error.code ?? "",
  detail: sentence(error),
})

// quotes

function askSoon(pause) {
  clearTimeout(quoteTimer)
  if (sales.mayQuote(sale)) quoteTimer = setTimeout(ask, pause)
}

async function ask() {
  clearTimeout(quoteTimer)
  const { revision } = sale
  try {
    become(sales.withQuote(sale, revision, await api.quote(sales.basket(sale, currency))))
  } catch (error) {
    become(sales.withoutQuote(sale, revision, problem(error)))
    if (error instanceof NoAnswer && revision === sale.revision) askSoon(AGAIN)
  }
}

// settle, answer, next

async function settle() {
  if (!sales.maySettle(sale)) {
    if (sales.mayQuote(sale)) ask()
    return
  }
  become(sales.attempted(sale, newKey(), currency))
  await sendAttempt()
}

async function sendAttempt() {
  try {
    answered(await api.settle(sale.attempt))
  } catch (error) {
    const known = error instanceof Problem && !error.isUnknown
    become(known ? sales.refused(sale, problem(error)) : sales.unanswered(sale, problem(error)))
    play("bad")
    get(known ? "refusal" : "unknown-title").focus()
  }
}

function answered(purchase) {
  become(sales.settled(sale, purchase))
  remember({ id: purchase.id, to_pay: purchase.to_pay, state: "done", key: newKey() })
  view.say("")
  play(sales.differs(sale) ? "bad" : "good")
  answeredAt = performance.now()
  get("next").focus({ preventScroll: true })
  get("answer").scrollIntoView({ block: "nearest" })
}

function startNext() {
  become({ ...sales.EMPTY, revision: sale.revision + 1 })
  view.showFields(sale)
  view.say("")
  get("code").focus()
}

// undo

async function undo(reason) {
  remember({ ...last, state: "undoing", reason: last.reason ?? reason, detail: "" })
  try {
    await api.undo(last)
    remember({ ...last, state: "undone" })
    play("good")
    if (sale.phase === "settled") startNext()
  } catch (error) {
    const known = error instanceof Problem && !error.isUnknown
    const again = known ? { key: newKey(), reason: null } : {}
    remember({ ...last, ...again, state: "still-done", detail: sentence(error) })
    play("bad")
  }
}

// what the cashier does

function onTotal({ target }) {
  view.say("")
  const typed = target.value.trim()
  const total = typed === "" ? null : parse(typed, Number(exponent))
  const wrong = typed !== "" && total === null
  view.showError(
    "total",
    wrong ? text("bad-total", { example: view.plainAmount(1250 * 10 ** (exponent - 2)) }) : "",
  )
  become(wrong ? sales.withUnclear(sale, "total") : sales.withTotal(sale, total))
}

function onSpend({ target }) {
  const typed = target.value.trim()
  const most = sale.card?.points.available ?? 0
  const wrong = !/^\d*$/.test(typed) || Number(typed) > most
  view.showError("spend", wrong ? text("bad-points", { most: view.number(most) }) : "")
  become(wrong ? sales.withUnclear(sale, "spend") : sales.withSpend(sale, Number(typed)))
}

function listen() {
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

  get("code-form").addEventListener("submit", (event) => {
    event.preventDefault()
    const code = get("code").value.trim()
    get("code").value = ""
    if (code) take(code)
  })
  get("sale").addEventListener("submit", (event) => {
    event.preventDefault()
    settle()
  })
  get("total").addEventListener("input", onTotal)
  get("spend").addEventListener("input", onSpend)
  get("receipt").addEventListener("input", ({ target }) =>
    become(sales.withReceipt(sale, target.value)),
  )
  get("card-remove").addEventListener("click", () => {
    become(sales.withoutCard(sale))
    view.showSpend(sale)
    get("code").focus()
  })
  get("coupons").addEventListener("click", ({ target }) => {
    const button = target.closest("[data-do=remove]")
    if (!button) return
    become(sales.withoutCoupon(sale, button.value))
    get("code").focus()
  })
  get("held").addEventListener("click", ({ target }) => {
    const button = target.closest("[data-do=use]")
    if (button) take(button.value)
  })
  get("clear").addEventListener("click", () => {
    letAgain()
    startNext()
  })
  get("next").addEventListener("click", () => {
    if (performance.now() - answeredAt > SETTLING_KEYS) startNext()
  })
  get("again").addEventListener("click", settle)
  get("give-up").addEventListener("click", startNext)
  listenForSignOff()
  listenForUndo()
  listenForSound()
  listenForCamera()
}

/** The next cashier starts with nothing, unless a sale is still without an answer. */
function listenForSignOff() {
  document.querySelector(".till-who")?.addEventListener("submit", () => {
    if (sale.phase === "settling" || sale.phase === "unknown") return
    kept.put("sale", null)
    kept.put("last", null)
  })
}

function listenForUndo() {
  const dialog = get("undo-dialog")
  get("undo").addEventListener("click", () => {
    dialog.returnValue = "keep"
    dialog.showModal()
  })
  dialog.addEventListener("close", () => {
    if (dialog.returnValue !== "undo") return
    undo(dialog.querySelector("[name=reason]:checked").value)
  })
}

function listenForSound() {
  const button = get("sound")
  button.ariaPressed = String(preferences.get("sound") ?? true)
  button.addEventListener("click", () => {
    button.ariaPressed = String(button.ariaPressed !== "true")
    preferences.put("sound", button.ariaPressed === "true")
    play("scan")
  })
}

function listenForCamera() {
  const scanner = new Scanner(get("video"), take, (state) => {
    view.showCamera(state)
    if (state !== "starting") preferences.put("camera", state === "looking")
  })
  get("camera-toggle").addEventListener("click", () => {
    if (scanner.isOn) scanner.stop()
    else scanner.start()
  })
  document.addEventListener("keydown", ({ key }) => {
    if (key === "Escape" && scanner.isOn && !get("undo-dialog").open) scanner.stop()
  })
  if (preferences.get("camera")) scanner.start()
}

listen()
view.showSale(sale)
view.showLast(last, sale)
view.showFields(sale)
if (last?.state === "undoing") undo(last.reason)
if (sale.phase === "settling") sendAttempt()
else askSoon(0)
if (sale.phase === "open" && sale.card === null) get("code").focus()
