// One sale: what it comes to, settle it, show the answer, go on with the next.

import { NoAnswer, newKey, Problem } from "./api.js"
import { parse } from "./money.js"
import { fill, get, text } from "./page.js"
import * as sales from "./sale.js"
import * as view from "./view.js"

const TYPING = 250 // ms without a key before a quote is asked for
const AGAIN = 3000 // ms before a quote is asked for again when the line was down
const SETTLING_KEYS = 500 // ms in which a second Enter is still meant for the sale before

let quoteTimer = null
let pressed = -1 // the basket for which Enter was pressed before its quote had come
let answeredAt = 0

export function start(hub) {
  hub.on("change", ({ sale, before }) => {
    view.showSale(sale)
    showWorth(hub)
    if (sale.revision !== before.revision) askSoon(hub, TYPING)
  })
  hub.on("next", () => {
    view.showFields(hub.sale)
    hub.say("")
    hub.rest()
  })
  get("sale").addEventListener("submit", (event) => {
    event.preventDefault()
    settle(hub)
  })
  get("total").addEventListener("input", (event) => onTotal(hub, event))
  get("spend").addEventListener("input", (event) => onSpend(hub, event))
  get("coupons").addEventListener("input", (event) => onWorth(hub, event))
  get("receipt").addEventListener("input", ({ target }) =>
    hub.become(sales.withReceipt(hub.sale, target.value)),
  )
  get("clear").addEventListener("click", () => {
    hub.emit("forget")
    hub.next()
  })
  get("next").addEventListener("click", () => {
    if (performance.now() - answeredAt > SETTLING_KEYS) hub.next()
  })
  get("again").addEventListener("click", () => settle(hub))
  get("give-up").addEventListener("click", () => hub.next())
}

/** Show what was kept from before a reload, and go on with it. */
export function resume(hub) {
  view.showSale(hub.sale)
  view.showFields(hub.sale)
  if (hub.sale.phase === "settling") sendAttempt(hub)
  else askSoon(hub, 0)
}

function askSoon(hub, pause) {
  clearTimeout(quoteTimer)
  if (sales.mayQuote(hub.sale)) quoteTimer = setTimeout(() => ask(hub), pause)
}

async function ask(hub) {
  clearTimeout(quoteTimer)
  const { revision } = hub.sale
  try {
    const quote = await hub.api.quote(sales.basket(hub.sale, hub.settings.currency))
    hub.become(sales.withQuote(hub.sale, revision, quote))
    if (pressed === hub.sale.revision && sales.isAsTyped(hub.sale)) settle(hub)
  } catch (error) {
    hub.become(sales.withoutQuote(hub.sale, revision, hub.problem(error)))
    if (error instanceof NoAnswer && revision === hub.sale.revision) askSoon(hub, AGAIN)
  }
}

async function settle(hub) {
  if (!sales.maySettle(hub.sale)) {
    if (!sales.mayQuote(hub.sale)) return
    pressed = hub.sale.revision
    ask(hub)
    return
  }
  pressed = -1
  hub.become(sales.attempted(hub.sale, newKey(), hub.settings.currency))
  await sendAttempt(hub)
}

async function sendAttempt(hub) {
  const { attempt } = hub.sale
  try {
    answered(hub, await hub.approved((approval) => hub.api.settle({ ...attempt, approval })))
  } catch (error) {
    const known = error instanceof Problem && !error.isUnknown
    const after = known ? sales.refused : sales.unanswered
    hub.become(after(hub.sale, hub.problem(error)))
    hub.play("bad")
    get(known ? "refusal" : "unknown-title").focus()
  }
}

function answered(hub, purchase) {
  hub.become(sales.settled(hub.sale, purchase))
  hub.emit("settled", purchase)
  hub.say("")
  hub.play(sales.differs(hub.sale) ? "bad" : purchase.offline ? "offline" : "good")
  answeredAt = performance.now()
  get("next").focus({ preventScroll: true })
  get("answer").scrollIntoView({ block: "nearest" })
}

function onTotal(hub, { target }) {
  hub.say("")
  const exponent = Number(hub.settings.exponent)
  const typed = target.value.trim()
  const total = typed === "" ? null : parse(typed, exponent)
  const wrong = typed !== "" && total === null
  view.showError("total", wrong ? badAmount(hub) : "")
  hub.become(wrong ? sales.withUnclear(hub.sale, "total") : sales.withTotal(hub.sale, total))
}

const badAmount = ({ settings }) =>
  text("bad-total", { example: view.plainAmount(1250 * 10 ** (settings.exponent - 2)) })

/** Of which so much is of the goods of a coupon. */
function onWorth(hub, { target }) {
  const typed = target.value.trim()
  const worth = typed === "" ? null : parse(typed, Number(hub.settings.exponent))
  const wrong = typed !== "" && worth === null
  const { code } = target.dataset
  hub.become(wrong ? sales.withUnclearWorth(hub.sale) : sales.withWorth(hub.sale, code, worth))
}

/** What is wrong with the worth of some goods stands below the coupons. */
function showWorth(hub) {
  const isUnclear = hub.sale.unclear.includes("worth")
  const tooMuch = sales.isTooMuch(hub.sale) ? text("goods-too-much") : ""
  const wrong = isUnclear ? badAmount(hub) : tooMuch
  get("goods-error").hidden = wrong === ""
  fill(get("goods-error"), "error", wrong)
}

function onSpend(hub, { target }) {
  const typed = target.value.trim()
  const most = hub.sale.card?.points.available ?? 0
  const wrong = !/^\d*$/.test(typed) || Number(typed) > most
  view.showError("spend", wrong ? text("bad-points", { most: view.number(most) }) : "")
  hub.become(
    wrong ? sales.withUnclear(hub.sale, "spend") : sales.withSpend(hub.sale, Number(typed)),
  )
}
