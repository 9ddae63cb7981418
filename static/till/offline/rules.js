// What a coupon gives where nobody can be asked: the terms in the bundle, worked out on a total.
// The server's own rules, checked by the same tests/shared/offline_cases.json. Pure.

const WHOLE = 10_000 // a hundred per cent, in hundredths

/**
 * Work out what an offer gives on a sale.
 *
 * @param {object} bundle  as the server gave it
 * @param {object} offer  one of its offers
 * @param {{total: number|null, at: number, card: string|null}} sale  minor units, milliseconds
 * @returns {{discount, points, toPay} | {refused, facts}}  `toPay` is null without a total
 */
export function decide(bundle, offer, { total, at, card = null }) {
  const sale = { total, at, hasCard: card !== null, wall: wall(at, bundle.zone), shop: bundle.shop }
  const refusal =
    unready(bundle, sale) ??
    inWindow(offer, at) ??
    first(offer.conditions.all ?? [], (one) => condition(one, sale))
  if (refusal) return refusal

  const given = give(offer.benefit, sale)
  if (given.refused) return given
  const barred = policy(offer.policy, given.discount, sale)
  return barred ?? { ...given, toPay: total === null ? null : total - given.discount }
}

/** Find the offer that a token's version names; null if it is not taken without a line. */
export function offerOf(bundle, version) {
  return bundle.offers.find((one) => one.version === version) ?? null
}

/** Find the offer of a public code; null if it is none that is taken without a line. */
export function publicOffer(bundle, code) {
  const found = bundle.public.find((one) => one.code === code)
  return found ? bundle.offers[found.offer] : null
}

const packed = new WeakMap()

/** Tell whether what has this digest (16 hexadecimal digits) is in the bundle's list of the gone. */
export function isGone(bundle, digest) {
  if (!packed.has(bundle)) {
    const bytes = Uint8Array.from(atob(bundle.gone), (sign) => sign.charCodeAt(0))
    packed.set(bundle, new DataView(bytes.buffer))
  }
  const view = packed.get(bundle)
  const wanted = BigInt(`0x${digest}`)
  let low = 0
  let high = view.byteLength / 8
  while (low < high) {
    const middle = (low + high) >> 1
    if (view.getBigUint64(middle * 8) < wanted) low = middle + 1
    else high = middle
  }
  return low < view.byteLength / 8 && view.getBigUint64(low * 8) === wanted
}

const no = (refused, facts = {}) => ({ refused, facts })

function first(items, look) {
  for (const item of items) {
    const found = look(item)
    if (found) return found
  }
  return null
}

function unready({ lease, most }, { total, at }) {
  if (lease === null || at >= Date.parse(lease.until)) return no("lease_over")
  if (most !== null && total !== null && total > most) return no("basket_above_offline", { most })
  return null
}

function inWindow({ starts_at, ends_at }, at) {
  if (starts_at && at < Date.parse(starts_at)) return no("offer_not_started", { starts_at })
  if (ends_at && at >= Date.parse(ends_at)) return no("offer_ended", { ends_at })
  return null
}

function condition(terms, sale) {
  if (terms.kind === undefined) return first(terms.all, (one) => condition(one, sale))
  const look = CONDITIONS[terms.kind]
  return look ? look(terms, sale) : no("line_needed")
}

const CONDITIONS = {
  minimum_basket({ amount }, { total }) {
    if (total === null) return no("basket_needed")
    const missing = amount - total
    return missing > 0 ? no("basket_too_small", { minimum: amount, total, missing }) : null
  },
  dates({ from, until }, { wall }) {
    if (from && wall.day < from) return no("offer_not_started", { from })
    return until && wall.day > until ? no("offer_ended", { until }) : null
  },
  hours({ weekly }, { wall }) {
    return weekly.some((slot) => holds(slot, wall)) ? null : no("not_now")
  },
  shops({ shops }, { shop }) {
    return shops.includes(shop) ? null : no("wrong_shop_for_offer")
  },
}

/** What ends at or before its start ends on the next day. */
function holds({ days, from, until }, { weekday, minute }) {
  const start = minutes(from)
  const end = minutes(until)
  if (start < end) return days.includes(weekday) && start <= minute && minute < end
  if (minute >= start) return days.includes(weekday)
  return minute < end && days.includes(weekday === 1 ? 7 : weekday - 1)
}

function minutes(time) {
  const [hour, minute] = time.split(":").map(Number)
  return hour * 60 + minute
}

const clocks = new Map()

/** The day, the day of the week (1 is Monday) and the minute that the clock on the wall shows. */
function wall(at, zone) {
  if (!clocks.has(zone)) {
    const parts = { year: "numeric", month: "2-digit", day: "2-digit" }
    const time = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }
    const form = new Intl.DateTimeFormat("en-US", { timeZone: zone, ...parts, ...time })
    clocks.set(zone, form)
  }
  const part = {}
  for (const { type, value } of clocks.get(zone).formatToParts(at)) part[type] = value
  const weekday = new Date(Date.UTC(part.year, part.month - 1, part.day)).getUTCDay() || 7
  const day = `${part.year.padStart(4, "0")}-${part.month}-${part.day}`
  return { day, weekday, minute: Number(part.hour) * 60 + Number(part.minute) }
}

function give(benefit, sale) {
  const look = BENEFITS[benefit.kind]
  return look ? look(benefit, sale) : no("line_needed")
}

const BENEFITS = {
  percent({ percent, cap }, { total }) {
    if (total === null) return off(0)
    const share = portion(total, hundredths(percent), WHOLE)
    return some(cap === undefined ? share : Math.min(share, cap))
  },
  amount({ amount }, { total }) {
    return total === null ? off(0) : some(Math.min(amount, total))
  },
  points({ points }, { hasCard }) {
    return hasCard ? { discount: 0, points } : no("card_needed")
  },
  free_item: () => off(0),
  sample: () => off(0),
}

const off = (discount) => ({ discount, points: 0 })

const some = (discount) => (discount > 0 ? off(discount) : no("no_benefit"))

/** "12.5" per cent is 1250. */
function hundredths(percent) {
  const [whole, rest = ""] = percent.split(".")
  return Number(whole) * 100 + Number(rest.padEnd(2, "0"))
}

/** A share of an amount, rounded half up; exact also where the product is beyond a number. */
function portion(amount, numerator, denominator) {
  const [a, n, d] = [amount, numerator, denominator].map(BigInt)
  return Number((2n * a * n + d) / (2n * d))
}

function policy({ policy, value, shop }, discount, sale) {
  if (policy === "up_to" && discount > value) return no("discount_above_offline", { most: value })
  return policy === "home_shop" && shop !== sale.shop ? no("other_shop_offline") : null
}
