// What the till answers by itself: the same questions as the server's, from the rules it has heard.
// A coupon is taken if it is surely good; points are booked once there is a line again.

import { newKey, Problem } from "../api.js"
import { answer } from "./coupon.js"
import { parse } from "./tokens.js"

const CARD = /^\d{16}$/
const LATER = ["basket_needed", "basket_too_small", "card_needed"] // may come right in this sale

export class Local {
  #store
  #rules
  #text
  #cashier
  #money

  /**
   * @param {object} given
   * @param {import("./store.js").Store} given.store
   * @param {import("./rulebook.js").Rulebook} given.rules
   * @param {(name: string, values?: object) => string} given.text  a sentence of the page
   * @param {() => string | null} given.cashier  who is signed on
   * @param {(minor: number) => string} given.money
   */
  constructor({ store, rules, text, cashier, money }) {
    this.#store = store
    this.#rules = rules
    this.#text = text
    this.#cashier = cashier
    this.#money = money
  }

  /** @param {string | null} card  the card of this sale */
  async scan(scanned, card) {
    const { code } = parse(scanned)
    if (isCard(code)) return cardOf(code)
    const found = await this.#judge(scanned, { total: null, card })
    const { refused, facts } = found
    if (refused && !LATER.includes(refused)) throw this.#problem(refused, facts)
    const reason = refused === "card_needed" ? { detail: this.#sentence(refused, facts) } : null
    return { kind: "coupon", coupon: { ...this.#shown(code, found), usable: !reason, reason } }
  }

  /** One coupon a sale: what goes together is for the server to say. */
  async quote({ card, coupons = [], basket, spend_points: spend }) {
    if (spend > 0) throw this.#problem("points_need_line")
    const total = basket?.total ?? null
    const [redemptions, refused] = [[], []]
    for (const [index, scanned] of coupons.entries()) {
      const found = await this.#judge(scanned, { total, card: card ?? null })
      const no = found.refused ?? (redemptions.length > 0 ? "one_coupon" : null)
      const { code } = found
      if (no) refused.push({ index, ...this.#refusal(no, found.facts) })
      else redemptions.push({ index, code, coupon: mask(code), discount: found.discount })
    }
    const discount = redemptions.reduce((sum, one) => sum + one.discount, 0)
    return { discount, to_pay: (total ?? 0) - discount, redemptions, refused, points: {} }
  }

  /** Take a sale: it is on the disk before anybody is told that it is taken. */
  async settle({ key, body }) {
    const quote = await this.quote(body)
    const [no] = quote.refused
    if (no && body.on_refusal !== "skip") throw new Problem(409, no)
    if (quote.redemptions.length === 0 && !body.card) throw this.#problem("nothing_to_take")
    const taken = quote.redemptions.map(({ code, discount }) => ({ code, discount }))
    const sale = this.#sale(key, body, taken)
    const messages = body.card ? [{ text: this.#text("offline-points-later") }] : []
    return this.#take({ key, body: sale }, { ...quote, messages })
  }

  /**
   * Keep a sale that the server was asked to settle and has not answered. It is sent again as the
   * same request; only if that is refused is it one that was taken without a line, as quoted.
   */
  async park({ key, body }, { quote, coupons }) {
    const taken = coupons
      .filter(({ outcome }) => outcome === null || outcome.counts)
      .map(({ code, outcome }) => ({ code: parse(code).code, discount: outcome?.discount ?? 0 }))
    const paid = quote?.paid_with_points ?? 0
    const sale = this.#sale(newKey(), body, taken, paid)
    const shown = quote ?? { discount: 0, to_pay: 0, redemptions: [], refused: [] }
    const points = body.spend_points > 0 ? { spent: body.spend_points } : {}
    const messages = [{ text: this.#text("offline-parked") }]
    return this.#take({ key, ask: { key, body }, body: sale }, { ...shown, points, messages })
  }

  /** Undo a sale that still waits; tells whether it was one. */
  undo(key, undo) {
    return this.#store.amend(key, (item) => ({ ...item, undo: item.undo ?? undo }))
  }

  async #take(item, { discount, to_pay, redemptions, refused, messages, points = {} }) {
    const shown = { id: `offline:${item.key}`, offline: true, at: item.body.occurred_at }
    const told = { ...shown, discount, to_pay, redemptions, refused, messages, points }
    try {
      await this.#store.add({ ...item, answer: told })
    } catch {
      throw this.#problem("not_kept")
    }
    return told
  }

  /** @param {number} paid  what the points of this sale pay, in minor units */
  #sale(key, { card, receipt, basket, spend_points: spent = 0 }, coupons, paid = 0) {
    const discount = coupons.reduce((sum, one) => sum + one.discount, 0)
    const points = spent > 0 ? { spent_points: spent, paid_with_points: paid } : {}
    return {
      key,
      occurred_at: new Date(this.#rules.now()).toISOString(),
      lease: this.#rules.bundle?.lease?.id ?? null,
      cashier: this.#cashier(),
      ...(receipt && { receipt }),
      ...(card && { card: parse(card).code }),
      ...(basket && { basket: { currency: basket.currency, total: basket.total } }),
      coupons: coupons.map(({ code }) => code),
      accepted: { discount, to_pay: (basket?.total ?? 0) - discount - paid, coupons, ...points },
    }
  }

  async #judge(scanned, { total, card }) {
    const { bundle } = this.#rules
    if (!bundle) return { code: parse(scanned).code, refused: "no_rules" }
    const taken = await this.#taken()
    return answer(scanned, bundle, { total, card, taken, at: this.#rules.now() })
  }

  /** What was used here: in sales that wait or were sent, and online since the rules were heard. */
  async #taken() {
    const waiting = await this.#store.waiting()
    const queued = waiting.flatMap(({ body }) => body.coupons)
    return new Set([...queued, ...(await this.#store.used())])
  }

  #shown(code, { offer }) {
    const name = offer?.name ?? this.#text("offline-coupon")
    return { code: mask(code), offer: name, benefit: offer?.says ?? "" }
  }

  #sentence(code, facts = {}) {
    const values = Object.entries(facts).map(([name, value]) => [
      name,
      Number.isInteger(value) ? this.#money(value) : value,
    ])
    return this.#text(`offline-${code}`, Object.fromEntries(values))
  }

  /** Its code is the name of its sentence, which says what to do: no advice for a code is added. */
  #refusal(code, facts = {}) {
    return { code: `offline-${code}`, detail: this.#sentence(code, facts) }
  }

  #problem = (code, facts) => new Problem(409, { ...this.#refusal(code, facts), facts })
}

const mask = (code) => `…${code.slice(-4)}`

const cardOf = (number) => ({
  kind: "card",
  card: { number, state: "active" },
  customer: { name: null },
  points: { available: null, pending: 0 },
  coupons: [],
})

/** A number of ours has a check digit (Luhn). */
export function isCard(code) {
  if (!CARD.test(code)) return false
  const sum = [...code].reverse().reduce((all, sign, at) => {
    const digit = Number(sign) * (at % 2 === 0 ? 1 : 2)
    return all + (digit > 9 ? digit - 9 : digit)
  }, 0)
  return sum % 10 === 0
}
