import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { Local } from "../../static/till/offline/local.js"

const tokens = JSON.parse(readFileSync(new URL("../shared/tokens.json", import.meta.url), "utf8"))
const NOON = Date.parse("2026-11-28T12:00:00Z")
const CARD = "4539578763621486"
const BUNDLE = {
  lease: { id: "le_1", until: "2100-01-01T00:00:00Z" },
  most: 10_000,
  zone: "Europe/Oslo",
  shop: "sh_1",
  keys: tokens.keys,
  public: [{ code: "SPR1NG10", offer: 0 }],
  gone: "",
  offers: [
    {
      version: "0".repeat(16),
      benefit: { kind: "percent", percent: "10" },
      conditions: { all: [] },
      starts_at: null,
      ends_at: null,
      policy: { policy: "up_to", value: 500 },
    },
  ],
}

/** A till without a line, and what it has kept. */
function till() {
  const kept = []
  const store = {
    add: async (item) => kept.push(item),
    waiting: async () => kept,
    used: async () => [],
  }
  const local = new Local({
    store,
    rules: { bundle: BUNDLE, now: () => NOON },
    text: (name) => name,
    cashier: () => "st_1",
    money: String,
  })
  return { local, kept }
}

const basket = (total) => ({ currency: "EUR", total })

test("a new sale is refused what the rules without a line do not take, and nothing is kept", async () => {
  const unsigned = tokens.cases[0].expect.code
  const wanted = [
    [unsigned, 1000, "offline-line_needed"], // not signed, or an offer that needs a line
    ["SPR1NG10", 6000, "offline-discount_above_offline"],
    ["SPR1NG10", 20_000, "offline-basket_above_offline"],
  ]
  for (const [code, total, refusal] of wanted) {
    const { local, kept } = till()
    const body = { card: CARD, coupons: [code], basket: basket(total) }

    await assert.rejects(local.settle({ key: "k", body }), { code: refusal })

    assert.deepEqual(kept, [])
  }
})

test("what is taken is kept as the customer was told", async () => {
  const { local, kept } = till()

  const body = { coupons: ["SPR1NG10"], basket: basket(5000) }
  const told = await local.settle({ key: "k", body })

  assert.equal(told.to_pay, 4500)
  const coupons = [{ code: "SPR1NG10", discount: 500 }]
  assert.deepEqual(kept[0].body.accepted, { discount: 500, to_pay: 4500, coupons })
})

test("a sale that was asked for keeps the points it was quoted with", async () => {
  const { local, kept } = till()
  const code = "SPR1NG10"
  const quote = {
    discount: 500,
    paid_with_points: 1500,
    to_pay: 3000,
    redemptions: [],
    refused: [],
    points: { spent: 1500, available: 200 },
  }
  const body = { card: CARD, coupons: [code], spend_points: 1500, basket: basket(5000) }

  const outcome = { counts: true, discount: 500 }
  const told = await local.park({ key: "k", body }, { quote, coupons: [{ code, outcome }] })

  assert.equal(told.to_pay, 3000)
  assert.deepEqual(told.points, { spent: 1500 })
  assert.deepEqual(kept[0].ask, { key: "k", body })
  assert.deepEqual(kept[0].body.accepted, {
    discount: 500,
    to_pay: 3000,
    coupons: [{ code, discount: 500 }],
    spent_points: 1500,
    paid_with_points: 1500,
  })
})

test("a refusal is named as its sentence, which already says what to do", async () => {
  const { local } = till()

  const quote = await local.quote({ coupons: ["SPR1NG10"], basket: basket(20_000) })

  const [{ code, detail }] = quote.refused
  assert.deepEqual([code, detail], ["offline-basket_above_offline", "offline-basket_above_offline"])
})
