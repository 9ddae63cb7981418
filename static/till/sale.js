// One sale, from the first scan to the answer. Pure: values in, a new value out, no page, no clock.

/**
 * phase: open      the cashier may change everything
 *        settling  a request is on its way; nothing may change
 *        unknown   no answer came; only the same request may be sent again
 *        settled   the server has counted it
 */
export const EMPTY = Object.freeze({
  phase: "open",
  revision: 0,
  card: null,
  coupons: [],
  total: null,
  spend: 0,
  receipt: "",
  unclear: [],
  quote: null,
  quoted: -1,
  attempt: null,
  problem: null,
  purchase: null,
})

const change = (sale, values) =>
  sale.phase === "open" ? { ...sale, ...values, revision: sale.revision + 1, problem: null } : sale

/** The same code may come as an address from a QR, signed or not, or typed with blanks. */
export function plain(code) {
  return code
    .trim()
    .toUpperCase()
    .replace(/^HTTPS?:\/\/.*\//, "")
    .replace(/[\s-]/g, "")
    .replace(/\.[2-7A-Z]{132}$/, "")
}

/** What the server said a code is. A second card takes the place of the first. */
export function scanned(sale, code, answer) {
  if (answer.kind === "card") return withCard(sale, answer)
  if (answer.kind === "coupon") return withCoupon(sale, code, answer.coupon)
  return sale
}

function withCard(sale, { card, customer, points, coupons, tier, stamps, proof }) {
  const same = sale.card?.number === card.number
  const { number, state } = card
  return change(same ? sale : withSpend(sale, 0), {
    card: {
      number,
      state,
      customer,
      points,
      coupons: coupons ?? [],
      tier: tier ?? null,
      stamps: stamps ?? [],
      proof: proof ?? (same ? sale.card.proof : null),
    },
  })
}

/** Of an early bird it is told where it stands: its first benefit may be gone. */
function withCoupon(sale, code, { code: shown, offer, usable, reason, ...told }) {
  if (has(sale, code)) return sale
  const no = { counts: false, code: reason?.code, detail: reason?.detail ?? null }
  const outcome = usable ? null : no
  const bird = told.early_bird
  const benefit = bird ? [bird.benefit, ...bird.text].filter(Boolean).join(" · ") : told.benefit
  const name = offer.name ?? offer
  const goods = told.goods ?? null
  const held = { code, shown, offer: name, benefit, outcome, goods, worth: null }
  return change(sale, { coupons: [...sale.coupons, held] })
}

/** The coupon with this code that is on the sale. */
export const held = (sale, code) => sale.coupons.find((one) => plain(one.code) === plain(code))

export const has = (sale, code) => held(sale, code) !== undefined

export const withoutCard = (sale) => change(withSpend(sale, 0), { card: null })

export const withoutCoupon = (sale, code) =>
  change(sale, {
    coupons: sale.coupons.filter((held) => held.code !== code),
    unclear: sale.unclear.filter((name) => name !== "worth"),
  })

const lineOf = ({ goods }) => JSON.stringify(goods?.line ?? null)

/** Of which goods so much is: the same goods of two coupons are worth the same. */
export function withWorth(sale, code, worth) {
  const wanted = sale.coupons.find((held) => held.code === code)
  if (!wanted?.goods) return sale
  const line = lineOf(wanted)
  const coupons = sale.coupons.map((held) => (lineOf(held) === line ? { ...held, worth } : held))
  const unclear = sale.unclear.filter((name) => name !== "worth")
  return change(sale, { coupons, unclear })
}

/** The lines that a basket of this total is told by: the goods of coupons, and the rest. */
export function lines({ coupons, total }) {
  const told = coupons.filter(({ goods, worth }) => goods && worth > 0)
  const worths = new Map(told.map((held) => [lineOf(held), held.worth]))
  if (worths.size === 0) return []
  const found = [...worths].map(([line, amount]) => ({ ...JSON.parse(line), amount }))
  const rest = total - found.reduce((sum, { amount }) => sum + amount, 0)
  return rest === 0 ? found : [...found, { amount: rest }]
}

/** Some goods cannot be worth more than all of them. */
export const isTooMuch = (sale) =>
  sale.total !== null && lines(sale).some(({ amount }) => amount < 0)

/** @param {number | null} total minor units; null when nothing is typed */
export const withTotal = (sale, total) => typed(sale, "total", total)

export const withSpend = (sale, spend) => typed(sale, "spend", spend)

/** The worth of some goods cannot be understood: nothing happens until it can. */
export const withUnclearWorth = (sale) =>
  change(sale, { unclear: [...new Set([...sale.unclear, "worth"])] })

/** Something is typed that cannot be understood: nothing happens until it can. */
export const withUnclear = (sale, field) => typed(sale, field, EMPTY[field], [field])

function typed(sale, field, value, unclear = []) {
  const others = sale.unclear.filter((name) => name !== field)
  const same = value === sale[field] && sale.unclear.includes(field) === unclear.includes(field)
  return same ? sale : change(sale, { [field]: value, unclear: [...others, ...unclear] })
}

export function withReceipt(sale, receipt) {
  if (sale.phase !== "open") return sale
  return { ...sale, receipt, problem: sale.problem?.atSettling ? null : sale.problem }
}

/** The body of a quote. */
export function basket(sale, currency) {
  const body = { coupons: sale.coupons.map((held) => held.code) }
  if (sale.card) body.card = sale.card.number
  if (sale.card?.proof) body.card_proof = sale.card.proof
  if (sale.spend > 0) body.spend_points = sale.spend
  if (sale.total !== null) body.basket = { currency, total: sale.total }
  const told = sale.total === null ? [] : lines(sale)
  if (told.length > 0) body.basket.lines = told
  return body
}

/** Without a total a minimum basket would be refused before the cashier has typed it. */
export const mayQuote = (sale) =>
  sale.phase === "open" &&
  sale.unclear.length === 0 &&
  sale.total !== null &&
  !isTooMuch(sale) &&
  (sale.card !== null || sale.coupons.length > 0)

/** Ask for the same once more: something else has changed. */
export const again = (sale) => change(sale, {})

/** Another till has let a coupon go: why it was refused is over. */
export const freed = (sale, code) =>
  change(sale, {
    coupons: sale.coupons.map((held) => (held.code === code ? { ...held, outcome: null } : held)),
  })

/** The codes of the coupons that count, as quoted now. */
export const counting = (sale) =>
  isQuoted(sale) ? sale.coupons.filter((held) => held.outcome?.counts).map((held) => held.code) : []

export const isQuoted = (sale) => sale.quote !== null && sale.quoted === sale.revision

/** Settled is what the cashier has typed: no coupon, no points, nothing that the quote changed. */
export const isAsTyped = (sale) =>
  isQuoted(sale) &&
  sale.coupons.length === 0 &&
  sale.spend === 0 &&
  sale.quote.refused.length === 0 &&
  sale.quote.to_pay === sale.total

const isRefused = ({ outcome }) => outcome?.counts === false

/** Some coupon may be redeemed without a total: it was not refused when it was scanned. */
export const hasHope = (sale) => sale.coupons.some((held) => !isRefused(held))

/** A basket is settled as quoted; a coupon without a price benefit needs no basket. */
export function maySettle(sale) {
  if (sale.phase === "unknown") return true
  if (sale.phase !== "open" || sale.unclear.length > 0 || isTooMuch(sale)) return false
  return sale.total === null ? hasHope(sale) : isQuoted(sale)
}

/**
 * An answer to an older basket is dropped. Why settling was refused stands until the cashier
 * changes something: the quote that follows does not take it away.
 */
export function withQuote(sale, revision, quote) {
  if (sale.phase !== "open" || revision !== sale.revision) return sale
  const told = complete(quote)
  return {
    ...sale,
    quote: told,
    quoted: revision,
    coupons: judged(sale.coupons, told),
    problem: sale.problem?.atSettling ? sale.problem : null,
  }
}

const complete = (answer) => ({ redemptions: [], refused: [], messages: [], points: {}, ...answer })

function judged(coupons, { redemptions, refused }) {
  const about = (list, held, at) =>
    list.find((item) => (item.index ?? null) === at) ??
    list.find((item) => item.index === undefined && (item.coupon ?? item.code) === held.shown)

  return coupons.map((held, at) => {
    const used = about(redemptions, held, at)
    if (used) return { ...held, outcome: { counts: true, discount: used.discount } }
    const no = about(refused, held, at)
    if (no) return { ...held, outcome: { counts: false, code: no.code, detail: no.detail } }
    return { ...held, outcome: null }
  })
}

export function withoutQuote(sale, revision, problem) {
  return sale.phase === "open" && revision === sale.revision ? { ...sale, problem } : sale
}

/**
 * Begin to settle, or go on with what was begun: the key and the body stay as they were until an
 * answer has come. Coupons that the cashier saw refused are sent along, so that the refusal counts.
 */
export function attempted(sale, key, currency) {
  if (!maySettle(sale)) return sale
  const attempt = sale.attempt ?? { key, body: purchase(sale, currency) }
  return { ...sale, phase: "settling", attempt, problem: null }
}

function purchase(sale, currency) {
  const body = basket(sale, currency)
  if (sale.receipt.trim()) body.receipt = sale.receipt.trim()
  const wasRefused =
    sale.total === null ? sale.coupons.some(isRefused) : sale.quote.refused.length > 0
  if (wasRefused) body.on_refusal = "skip"
  return body
}

export const settled = (sale, purchase) => ({
  ...sale,
  phase: "settled",
  attempt: null,
  purchase: complete(purchase),
})

/** The server said no: the sale is open again, and the next attempt is a new one. */
export const refused = (sale, problem) => ({
  ...sale,
  phase: "open",
  revision: sale.revision + 1,
  attempt: null,
  problem: { ...problem, atSettling: true },
})

/** Nobody knows whether it counted: only the same request may be sent again. */
export const unanswered = (sale, problem = null) => ({ ...sale, phase: "unknown", problem })

/** The codes that were given out for the next purchase. */
export const given = (sale) =>
  (sale.purchase?.redemptions ?? []).flatMap((one) => one.next_coupon?.code ?? [])

/** The customer was told one price and the server settled another. */
export const differs = (sale) =>
  sale.phase === "settled" &&
  isQuoted(sale) &&
  (sale.quote.to_pay !== sale.purchase.to_pay ||
    sale.quote.refused.length !== sale.purchase.refused.length)
