// Shows a sale. Reads nothing from the page but its texts; changes nothing but the page.

import { format } from "./money.js"
import { copy, figure, fill, get, large, list, show, text, withAdvice, write } from "./page.js"
import { differs, given, has, hasHope, isQuoted, mayQuote, maySettle } from "./sale.js"

const settings = document.body.dataset
const MONEY = {
  locale: settings.locale,
  currency: settings.currency,
  exponent: Number(settings.exponent),
}
const NUMBER = new Intl.NumberFormat(settings.locale)
const DAY = new Intl.DateTimeFormat(settings.locale, { dateStyle: "medium" })

export const money = (minor) => format(minor, MONEY)
export const number = (points) => NUMBER.format(points)
const day = (instant) => DAY.format(new Date(instant))

export function showSale(sale) {
  showPhase(sale)
  showCard(sale)
  showCoupons(sale)
  showSum(sale)
  showRefusal(sale)
  showSettle(sale)
  if (sale.phase === "settled") showAnswer(sale)
}

/** While a sale is being settled it stays in sight, out of reach; the style covers it if it takes long. */
function showPhase({ phase, problem }) {
  get("sale").hidden = phase !== "open" && phase !== "settling"
  get("sale").inert = phase === "settling"
  get("wait").hidden = phase !== "settling"
  get("unknown").hidden = phase !== "unknown"
  get("answer").hidden = phase !== "settled"
  if (phase === "unknown") fill(get("unknown"), "detail", problem?.detail)
}

function showCard(sale) {
  const { card } = sale
  get("card-none").hidden = card !== null
  get("card-remove").hidden = card === null
  get("spend-field").hidden = !(card?.points.available > 0)
  const part = get("card")
  part.hidden = card === null
  if (card === null) return

  const { customer, points } = card
  fill(part, "name", customer.name ?? grouped(card.number))
  fill(part, "number", customer.name ? grouped(card.number) : "")
  const known = points.available !== null
  fill(part, "available", known ? number(points.available) : text("points-unknown"))
  figure(part, "pending", number(points.pending), points.pending > 0)
  show(part, "expiry", Boolean(points.next_expiry))
  if (points.next_expiry) {
    fill(part, "expiry-day", day(points.next_expiry.at))
    fill(part, "expiry-points", number(points.next_expiry.points))
  }
  figure(part, "tier", card.tier?.name ?? "", Boolean(card.tier))
  list(get("stamps"), (card.stamps ?? []).filter(({ held }) => held > 0).map(stamps))
  show(part, "held", card.coupons.length > 0)
  get("held").replaceChildren(...card.coupons.map((held) => heldRow(held, has(sale, held.code))))
}

const stamps = ({ name, held, needed }) =>
  text("stamps", { name, held: number(held), needed: number(needed) })

/** A card number as it is printed: four by four. */
export const grouped = (number) => number.replace(/\s/g, "").replace(/(.{4})(?=.)/g, "$1 ")

function heldRow({ code, offer, benefit }, taken) {
  const row = copy("held-row")
  fill(row, "offer", offer)
  fill(row, "benefit", benefit)
  const use = row.querySelector("[data-do=use]")
  use.value = code
  use.setAttribute("aria-label", `${use.textContent}: ${offer}`)
  use.hidden = taken || code.startsWith("…")
  return row
}

function showCoupons({ coupons }) {
  get("coupons-none").hidden = coupons.length > 0
  const rows = get("coupons")
  const signature = JSON.stringify(coupons)
  if (rows.dataset.shown === signature) return
  rows.dataset.shown = signature
  const goOn = keepTyping(rows)
  rows.replaceChildren(...coupons.map(couponRow))
  goOn()
}

/** Rows are drawn anew while somebody types into one: field, text and cursor stay as they were. */
function keepTyping(rows) {
  const field = rows.querySelector("[data-do=worth]:focus")
  if (!field) return () => null
  const { value, selectionStart, selectionEnd } = field
  return () => {
    const again = rows.querySelector(`[data-code="${CSS.escape(field.dataset.code)}"]`)
    if (!again) return
    again.value = value
    again.focus()
    again.setSelectionRange(selectionStart, selectionEnd)
  }
}

function couponRow({ code, shown, offer, benefit, outcome, goods, worth }) {
  const row = copy("coupon-row")
  row.dataset.tone = outcome === null ? "open" : outcome.counts ? "good" : "warn"
  fill(row, "offer", offer)
  fill(row, "code", shown)
  fill(row, "benefit", benefit)
  fill(row, "state", outcome === null ? "" : verdict(outcome, Boolean(goods)))
  show(row, "goods", Boolean(goods))
  if (goods) {
    fill(row, "goods", text("goods", { goods: goods.text }))
    const field = row.querySelector("[data-do=worth]")
    field.dataset.code = code
    field.value = worth === null ? "" : plainAmount(worth)
  }
  const letGo = row.querySelector("[data-do=let-go]")
  letGo.value = code
  letGo.hidden = outcome?.code !== "coupon_held"
  const remove = row.querySelector("[data-do=remove]")
  remove.value = code
  remove.setAttribute("aria-label", `${remove.getAttribute("aria-label")}: ${offer} ${shown}`)
  return row
}

function verdict({ counts, discount, code, detail }, hasGoods) {
  if (!counts) return refusal(code, detail, hasGoods)
  return discount > 0 ? text("counts", { amount: money(discount) }) : text("counts-free")
}

function refusal(code, detail, hasGoods) {
  if (!detail) return text("refused")
  return text("refused-because", { reason: withAdvice(code, detail, hasGoods) })
}

function showSum(sale) {
  const part = get("sum")
  const { quote } = sale
  part.toggleAttribute("data-stale", !isQuoted(sale))
  const known = quote !== null && sale.total !== null
  large(part, "to-pay", known ? money(quote.to_pay) : sale.total === null ? "–" : money(sale.total))
  figure(part, "discount", `−${known ? money(quote.discount) : ""}`, known && quote.discount > 0)
  figure(part, "spent", known ? spent(quote) : "", known && quote.points.spent > 0)
  const earns = known ? (quote.points.earned ?? 0) : 0
  figure(part, "earned", number(earns), known && sale.card !== null)
  list(get("messages"), known ? quote.messages.map((each) => each.text) : [])
}

/** Points, and what they pay where the server says it. */
function spent({ points, paid_with_points: paid }) {
  return paid > 0 ? `${number(points.spent)} · −${money(paid)}` : number(points.spent ?? 0)
}

function showRefusal({ problem, phase }) {
  const part = get("refusal")
  part.hidden = problem === null || phase !== "open"
  if (part.hidden) return
  fill(part, "title", problem.title ?? text("refused"))
  fill(part, "detail", problem.detail)
  show(part, "sign-on", problem.status === 401)
}

function showSettle(sale) {
  const button = get("settle")
  button.setAttribute("aria-disabled", String(!maySettle(sale)))
  write(button, label(sale))
  write(get("hint"), hint(sale))
  get("clear").hidden = sale.card === null && sale.coupons.length === 0 && sale.total === null
}

function label(sale) {
  const alone = sale.total === null && hasHope(sale) && !sale.unclear.includes("total")
  if (alone) return text("redeem")
  return isQuoted(sale)
    ? text("settle-amount", { amount: money(sale.quote.to_pay) })
    : text("settle")
}

function hint(sale) {
  if (sale.unclear.length > 0) return ""
  const nothing = sale.card === null && sale.coupons.length === 0
  if (nothing) return text(sale.total === null ? "hint-start" : "hint-code")
  if (sale.total === null) return text(alone(sale))
  if (isQuoted(sale)) return sale.quote.refused.length > 0 ? text("hint-without") : ""
  return mayQuote(sale) && sale.problem === null ? text("hint-wait") : ""
}

const alone = (sale) =>
  sale.coupons.length === 0 ? "hint-total" : hasHope(sale) ? "hint-coupon" : "hint-refused"

function showAnswer(sale) {
  const part = get("answer")
  const { purchase } = sale
  const { points, offline } = purchase
  const other = differs(sale) ? "settled-other" : null
  part.dataset.tone = other ? "warn" : offline ? "offline" : "good"
  const title = other ?? (offline ? "accepted-offline" : "settled")
  fill(part, "title", text(title))
  fill(part, "detail", title === "settled" ? "" : text(`${title}-detail`))
  large(part, "to-pay", money(purchase.to_pay))
  figure(part, "discount", money(purchase.discount), purchase.discount > 0)
  for (const name of ["earned", "pending", "spent"]) {
    figure(part, name, number(points[name] ?? 0), points[name] > 0)
  }
  figure(
    part,
    "available",
    number(points.available ?? 0),
    Number.isInteger(points.available) && sale.card !== null,
  )
  list(
    part.querySelector("[data-slot=messages]"),
    purchase.messages.map((each) => each.text),
  )
  const codes = given(sale)
  show(part, "next", codes.length > 0)
  get("next-codes").replaceChildren(...codes.map(nextRow))
}

/** A code for the next purchase, of which the customer may take a picture. */
function nextRow(code) {
  const row = copy("next-row")
  fill(row, "code", code)
  row.querySelector("img").src = `/till/codes/${encodeURIComponent(code)}.svg`
  return row
}

/** The last settled sale, and whether it was undone. */
export function showLast(last, sale) {
  const part = get("last")
  part.hidden = last === null || sale.phase === "settling" || sale.phase === "unknown"
  if (last === null) return
  large(part, "to-pay", money(last.to_pay))
  fill(part, "state", last.state === "done" ? "" : last.detail || text(last.state))
  get("undo").hidden = last.state === "undone" || last.state === "undoing"
  get("last-slip").hidden = !last.id?.startsWith("pu_")
}

/** Put what is kept back into the fields, after a reload or for the next sale. */
export function showFields(sale) {
  get("total").value = sale.total === null ? "" : plainAmount(sale.total)
  get("receipt").value = sale.receipt
  showError("total", "")
  showSpend(sale)
}

export function showSpend(sale) {
  get("spend").value = sale.spend > 0 ? String(sale.spend) : ""
  showError("spend", "")
}

/** An amount as it would be typed, with the decimal mark of the language. */
export function plainAmount(minor) {
  return new Intl.NumberFormat(MONEY.locale, {
    useGrouping: false,
    minimumFractionDigits: MONEY.exponent,
  }).format(minor / 10 ** MONEY.exponent)
}

export function showError(field, sentence) {
  const place = get(`${field}-error`)
  place.hidden = sentence === ""
  fill(place, "error", sentence)
  get(field).setAttribute("aria-invalid", String(sentence !== ""))
}

export function showCamera(hub, state) {
  const on = state === "starting" || state === "looking"
  get("camera-toggle").setAttribute("aria-expanded", String(on))
  get("camera").hidden = !on
  if (on) write(get("camera-say"), text(`camera-${state}`))
  else if (state !== "off") hub.say(text(`camera-${state}`), "bad")
}
