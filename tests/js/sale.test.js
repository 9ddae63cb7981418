import assert from "node:assert/strict"
import { test } from "node:test"
import * as sales from "../../static/till/sale.js"

const CARD = {
  kind: "card",
  card: { number: "4206117002318845", state: "active" },
  customer: { id: "cu_1", pseudonym: "Quiet Heron", name: null },
  points: { available: 800, pending: 0, next_expiry: null },
  coupons: [],
}

const coupon = (values = {}) => ({
  kind: "coupon",
  coupon: {
    code: "…7KQF",
    offer: "Autumn",
    usable: true,
    reason: null,
    benefit: "10 % off",
    ...values,
  },
})

const quote = (values = {}) => ({
  basket_total: 5000,
  discount: 500,
  to_pay: 4500,
  redemptions: [],
  refused: [],
  ...values,
})

function makeSale({ card = false, codes = [], total = null } = {}) {
  let sale = sales.EMPTY
  if (card) sale = sales.scanned(sale, "4206", CARD)
  for (const code of codes) {
    sale = sales.scanned(sale, code, coupon({ code: `…${code.slice(-4)}` }))
  }
  return total === null ? sale : sales.withTotal(sale, total)
}

const quoted = (sale, values) => sales.withQuote(sale, sale.revision, quote(values))

test("a card, coupons and a total make the body of a quote", () => {
  const sale = sales.withSpend(
    makeSale({ card: true, codes: ["7KQF-1", "9XYZ-2"], total: 5000 }),
    200,
  )

  assert.deepEqual(sales.basket(sale, "EUR"), {
    card: "4206117002318845",
    coupons: ["7KQF-1", "9XYZ-2"],
    spend_points: 200,
    basket: { currency: "EUR", total: 5000 },
  })
})

test("a second card takes the place of the first, and its points are not spent", () => {
  const sale = sales.withSpend(makeSale({ card: true }), 200)

  const other = sales.scanned(sale, "x", { ...CARD, card: { number: "9", state: "active" } })

  assert.equal(other.card.number, "9")
  assert.equal(other.spend, 0)
})

test("the proof of a card goes along with it, and with no other", () => {
  const proven = sales.scanned(makeSale(), "4206.01234567", { ...CARD, proof: "p" })
  const typed = sales.scanned(proven, "4206", CARD)
  const other = sales.scanned(proven, "9", { ...CARD, card: { number: "9", state: "active" } })

  assert.equal(sales.basket(proven, "EUR").card_proof, "p")
  assert.equal(sales.basket(typed, "EUR").card_proof, "p")
  assert.equal(sales.basket(other, "EUR").card_proof, undefined)
  assert.equal(sales.basket(makeSale({ card: true }), "EUR").card_proof, undefined)
})

test("the same coupon is taken once, however it is written", () => {
  const sale = makeSale({ codes: ["HTTPS://SHOP.EXAMPLE/C/7KQF2M9P"] })

  const again = sales.scanned(sale, "7kqf-2m9p", coupon())
  const signed = sales.scanned(sale, `7KQF2M9P.${"A2".repeat(66)}`, coupon())

  assert.equal(again, sale)
  assert.equal(signed, sale)
})

test("a coupon is called by the name of its offer", () => {
  const named = coupon({ offer: { id: "of_1", name: "Autumn" } })

  assert.equal(sales.scanned(sales.EMPTY, "A", named).coupons[0].offer, "Autumn")
  assert.equal(sales.scanned(sales.EMPTY, "A", coupon()).coupons[0].offer, "Autumn")
})

test("a coupon that cannot be used is kept with its reason", () => {
  const unusable = coupon({ usable: false, reason: { code: "coupon_expired", detail: "Ran out." } })

  const sale = sales.scanned(sales.EMPTY, "OLD", unusable)

  const no = { counts: false, code: "coupon_expired", detail: "Ran out." }
  assert.deepEqual(sale.coupons[0].outcome, no)
})

test("there is no quote before the total is typed", () => {
  assert.equal(sales.mayQuote(makeSale({ codes: ["A"] })), false)
  assert.equal(sales.mayQuote(makeSale({ total: 5000 })), false)
  assert.equal(sales.mayQuote(makeSale({ codes: ["A"], total: 5000 })), true)
})

test("a basket may be settled only as quoted", () => {
  const sale = makeSale({ codes: ["A"], total: 5000 })
  assert.equal(sales.maySettle(sale), false)

  const known = quoted(sale)
  assert.equal(sales.maySettle(known), true)

  assert.equal(sales.maySettle(sales.withTotal(known, 6000)), false)
})

test("a coupon alone may be settled without a total", () => {
  assert.equal(sales.maySettle(makeSale({ codes: ["A"] })), true)
  assert.equal(sales.maySettle(makeSale({ card: true })), false)
})

test("what cannot be understood stops the sale until it can", () => {
  const sale = quoted(makeSale({ card: true, codes: ["A"], total: 5000 }))

  const unclear = sales.withUnclear(sale, "total")
  assert.equal(sales.maySettle(unclear), false)
  assert.equal(sales.mayQuote(unclear), false)
  assert.equal(sales.mayQuote(sales.withUnclear(sale, "spend")), false)

  assert.equal(sales.maySettle(sales.withTotal(unclear, null)), true)
  assert.equal(sales.maySettle(quoted(sales.withTotal(unclear, 5000))), true)
})

test("a quote of an older basket is dropped", () => {
  const sale = makeSale({ codes: ["A"], total: 5000 })
  const changed = sales.withTotal(sale, 6000)

  assert.equal(sales.withQuote(changed, sale.revision, quote()), changed)
})

test("each coupon learns from the quote whether it counts, and why not", () => {
  const sale = makeSale({ codes: ["AAAA", "BBBB", "CCCC"], total: 5000 })

  const { coupons } = quoted(sale, {
    redemptions: [{ index: 1, code: "…BBBB", discount: 500 }],
    refused: [{ index: 0, code: "coupon_expired", detail: "Ran out.", coupon: "…AAAA" }],
  })

  assert.deepEqual(coupons[0].outcome, {
    counts: false,
    code: "coupon_expired",
    detail: "Ran out.",
  })
  assert.deepEqual(coupons[1].outcome, { counts: true, discount: 500 })
  assert.equal(coupons[2].outcome, null)
})

test("a verdict without an index is found by the masked code", () => {
  const sale = makeSale({ codes: ["AAAA", "BBBB"], total: 5000 })

  const { coupons } = quoted(sale, { redemptions: [{ code: "…BBBB", discount: 500 }] })

  assert.equal(coupons[0].outcome, null)
  assert.deepEqual(coupons[1].outcome, { counts: true, discount: 500 })
})

test("the key and the body stay the same until an answer comes", () => {
  const sale = sales.attempted(quoted(makeSale({ codes: ["A"], total: 5000 })), "key-1", "EUR")

  const again = sales.attempted(sales.unanswered(sale), "key-2", "EUR")

  assert.equal(again.phase, "settling")
  assert.deepEqual(again.attempt, sale.attempt)
  assert.equal(again.attempt.key, "key-1")
})

test("nothing changes while nobody has answered", () => {
  const settling = sales.attempted(quoted(makeSale({ codes: ["A"], total: 5000 })), "key-1", "EUR")

  for (const sale of [settling, sales.unanswered(settling)]) {
    assert.equal(sales.withTotal(sale, 1), sale)
    assert.equal(sales.withSpend(sale, 1), sale)
    assert.equal(sales.withReceipt(sale, "9"), sale)
    assert.equal(sales.scanned(sale, "4206", CARD), sale)
    assert.equal(sales.withoutCoupon(sale, "A"), sale)
  }
})

test("a second press while settling does nothing", () => {
  const sale = sales.attempted(quoted(makeSale({ codes: ["A"], total: 5000 })), "key-1", "EUR")

  assert.equal(sales.attempted(sale, "key-2", "EUR"), sale)
})

test("a refusal opens the sale again, and the next attempt has a new key", () => {
  const sale = sales.attempted(quoted(makeSale({ codes: ["A"], total: 5000 })), "key-1", "EUR")

  const open = sales.refused(sale, { status: 409, code: "coupon_used_up", detail: "Used." })
  assert.equal(open.phase, "open")
  assert.equal(open.problem.code, "coupon_used_up")
  assert.equal(sales.maySettle(open), false)

  assert.equal(sales.attempted(quoted(open), "key-2", "EUR").attempt.key, "key-2")
})

test("why settling was refused stands until the cashier changes something", () => {
  const sale = sales.attempted(quoted(makeSale({ codes: ["A"], total: 5000 })), "key-1", "EUR")
  const refused = sales.refused(sale, { status: 409, code: "receipt_used", detail: "Settled." })

  const open = quoted(refused)
  assert.equal(open.problem.code, "receipt_used")
  assert.equal(sales.maySettle(open), true)

  assert.equal(sales.withReceipt(open, "0043").problem, null)
  assert.equal(sales.withTotal(open, 6000).problem, null)
  assert.equal(quoted(sales.withoutQuote(open, open.revision, { code: "" })).problem, null)
})

test("coupons seen as refused are sent along to be counted as refused", () => {
  const sale = quoted(makeSale({ codes: ["A", "B"], total: 5000 }), {
    refused: [{ index: 0, code: "coupon_expired", detail: "Ran out." }],
  })

  const { body } = sales.attempted(sale, "key-1", "EUR").attempt

  assert.equal(body.on_refusal, "skip")
  assert.deepEqual(body.coupons, ["A", "B"])
})

test("without a refusal in the quote it is all coupons or none", () => {
  const sale = sales.attempted(quoted(makeSale({ codes: ["A"], total: 5000 })), "key-1", "EUR")

  assert.equal("on_refusal" in sale.attempt.body, false)
})

test("the receipt goes with the purchase and not with the quote", () => {
  const sale = sales.withReceipt(quoted(makeSale({ codes: ["A"], total: 5000 })), " 0042 ")

  assert.equal("receipt" in sales.basket(sale, "EUR"), false)
  assert.equal(sales.attempted(sale, "key-1", "EUR").attempt.body.receipt, "0042")
})

test("a settled sale says when the price is not the one that was shown", () => {
  const sale = sales.attempted(quoted(makeSale({ codes: ["A"], total: 5000 })), "key-1", "EUR")

  assert.equal(sales.differs(sales.settled(sale, quote({ id: "pu_1" }))), false)
  assert.equal(sales.differs(sales.settled(sale, quote({ id: "pu_1", to_pay: 5000 }))), true)
})

test("a sale survives being written down", () => {
  const sale = sales.attempted(
    quoted(makeSale({ card: true, codes: ["A"], total: 5000 })),
    "key-1",
    "EUR",
  )

  assert.deepEqual(JSON.parse(JSON.stringify(sale)), sale)
})

test("a card brings its tier and its stamps, and one without any is whole as well", () => {
  const stamps = [{ name: "Coffee", held: 4, needed: 10 }]

  const gold = sales.scanned(sales.EMPTY, "x", { ...CARD, tier: { name: "Gold" }, stamps })
  const plain = sales.scanned(sales.EMPTY, "x", CARD)

  assert.equal(gold.card.tier.name, "Gold")
  assert.deepEqual(gold.card.stamps, stamps)
  assert.equal(plain.card.tier, null)
  assert.deepEqual(plain.card.stamps, [])
})

test("an early bird is told as it stands", () => {
  const bird = (values) => coupon({ early_bird: { benefit: null, text: [], ...values } })
  const said = (answer) => sales.scanned(sales.EMPTY, "A", answer).coupons[0].benefit

  assert.equal(said(bird({ benefit: "20 % off", text: ["3 left"] })), "20 % off · 3 left")
  assert.equal(said(bird({ text: ["Sold out"] })), "Sold out")
  assert.equal(said(coupon({ early_bird: null })), "10 % off")
})

test("the codes for the next purchase are those that were given out", () => {
  const one = (code) => ({ discount: 0, next_coupon: code ? { code } : undefined })
  const purchase = { redemptions: [one("7KQF-2M9P"), one(null), one("9XYZ-0000")] }

  assert.deepEqual(sales.given(sales.EMPTY), [])
  assert.deepEqual(sales.given(sales.settled(sales.EMPTY, purchase)), ["7KQF-2M9P", "9XYZ-0000"])
})

test("what counts as quoted is known, until something changes", () => {
  const [one, two] = ["AAAA-BBBB", "CCCC-DDDD"]
  let sale = sales.scanned(sales.scanned(sales.EMPTY, one, coupon()), two, coupon())
  sale = sales.withTotal(sale, 1000)
  const quote = {
    to_pay: 900,
    redemptions: [{ index: 0, discount: 100 }],
    refused: [{ index: 1, code: "coupon_held", detail: "Held at till 2." }],
  }
  sale = sales.withQuote(sale, sale.revision, quote)

  assert.deepEqual(sales.counting(sale), [one])
  assert.equal(sale.coupons[1].outcome.code, "coupon_held")
  const again = sales.again(sale)
  assert.deepEqual(sales.counting(again), [])
  assert.ok(sales.mayQuote(again))
})

const DRINKS = { text: "drinks", line: { category: "drinks" } }

function withDrinks(total, worth) {
  let sale = sales.scanned(sales.EMPTY, "AAAA-BBBB", coupon({ goods: DRINKS }))
  sale = sales.scanned(sale, "CCCC-DDDD", coupon({ goods: DRINKS }))
  sale = sales.scanned(sale, "EEEE-FFFF", coupon())
  return sales.withWorth(sales.withTotal(sale, total), "AAAA-BBBB", worth)
}

test("of which so much is goods of a coupon: a line for them, and one for the rest", () => {
  const sale = withDrinks(2000, 600)

  assert.deepEqual(sales.basket(sale, "EUR").basket, {
    currency: "EUR",
    total: 2000,
    lines: [{ category: "drinks", amount: 600 }, { amount: 1400 }],
  })
  assert.deepEqual(
    sale.coupons.map(({ worth }) => worth),
    [600, 600, null],
  )
})

test("goods that are all there is leave no rest, and goods of nothing are no line", () => {
  assert.deepEqual(sales.lines(withDrinks(600, 600)), [{ category: "drinks", amount: 600 }])
  assert.deepEqual(sales.lines(withDrinks(600, 0)), [])
  assert.equal(sales.basket(withDrinks(600, null), "EUR").basket.lines, undefined)
})

test("goods that cost more than all of them stop the sale until it is put right", () => {
  const sale = withDrinks(500, 600)

  assert.ok(sales.isTooMuch(sale))
  assert.ok(!sales.mayQuote(sale))
  assert.ok(sales.mayQuote(sales.withTotal(sale, 600)))
})

test("a worth that cannot be understood stops the sale as well", () => {
  const unclear = sales.withUnclearWorth(withDrinks(2000, 600))

  assert.ok(!sales.mayQuote(unclear))
  assert.ok(sales.mayQuote(sales.withWorth(unclear, "AAAA-BBBB", 700)))
})

test("a coupon that was refused when it was scanned is not redeemed alone", () => {
  const no = coupon({ usable: false, reason: { code: "coupon_used_up", detail: "Used." } })
  const only = sales.scanned(sales.EMPTY, "9XYZ-2", no)
  assert.equal(sales.maySettle(only), false)
  assert.equal(sales.maySettle(sales.freed(only, "9XYZ-2")), true)

  const both = sales.scanned(only, "7KQF-1", coupon())
  assert.equal(sales.maySettle(both), true)
  assert.equal(sales.attempted(both, "key", "EUR").attempt.body.on_refusal, "skip")
})

test("a sale is as typed only where the quote changed nothing", () => {
  const plain = makeSale({ card: true, total: 5000 })
  assert.equal(sales.isAsTyped(plain), false)
  assert.equal(sales.isAsTyped(quoted(plain, { discount: 0, to_pay: 5000 })), true)
  assert.equal(sales.isAsTyped(quoted(plain, { discount: 500, to_pay: 4500 })), false)
  const held = makeSale({ card: true, codes: ["7KQF-1"], total: 5000 })
  assert.equal(sales.isAsTyped(quoted(held, { discount: 0, to_pay: 5000 })), false)
})
