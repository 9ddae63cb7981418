import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { answer } from "../../static/till/offline/coupon.js"
import { decide, isGone, offerOf, publicOffer } from "../../static/till/offline/rules.js"
import { cardName, digest } from "../../static/till/offline/tokens.js"

const shared = (name) =>
  JSON.parse(readFileSync(new URL(`../shared/${name}.json`, import.meta.url), "utf8"))

const { usual, cases } = shared("offline_cases")
const tokens = shared("tokens")

const BUNDLE = {
  lease: { id: "le_1", until: "2100-01-01T00:00:00Z" },
  most: null,
  keys: tokens.keys,
  offers: [],
  public: [],
  gone: "",
}

for (const one of cases) {
  const { name, offer, total, at, zone, shop, card, offline, expect } = { ...usual, ...one }

  test(`without a line: ${name}`, () => {
    const bundle = { ...BUNDLE, zone, shop }
    const terms = { conditions: { all: [] }, starts_at: null, ends_at: null, ...offer }
    const sale = { total, at: Date.parse(at), card: card ? "4206117000000009" : null }

    const found = decide(bundle, { ...terms, policy: offline }, sale)

    if (expect.refused) {
      assert.equal(found.refused, expect.refused)
      return
    }
    assert.deepEqual({ discount: found.discount, points: found.points }, expect)
    assert.equal(found.toPay, total === null ? null : total - found.discount)
  })
}

const NOON = Date.parse("2026-11-28T12:00:00Z")
const OFFER = {
  version: tokens.cases[0].expect.version,
  benefit: { kind: "percent", percent: "10" },
  conditions: { all: [] },
  starts_at: null,
  ends_at: null,
  policy: { policy: "up_to", value: 500 },
}
const AT_WORK = {
  ...BUNDLE,
  zone: "Europe/Oslo",
  shop: "sh_1",
  offers: [OFFER],
  public: [{ code: "SPR1NG10", offer: 0 }],
}

const refusal = (bundle, given) =>
  decide({ ...AT_WORK, ...bundle }, OFFER, { total: 1000, at: NOON, ...given }).refused

test("a till that has not heard from the server for too long takes nothing", () => {
  const until = (time) => ({ lease: { id: "le_1", until: time } })

  assert.equal(refusal({}, {}), undefined)
  assert.equal(refusal(until("2026-11-28T12:00:01Z"), {}), undefined)
  assert.equal(refusal(until("2026-11-28T12:00:00Z"), {}), "lease_over")
  assert.equal(refusal({ lease: null }, {}), "lease_over")
})

test("a basket can be too large to be taken without a line", () => {
  assert.equal(refusal({ most: 1000 }, {}), undefined)
  assert.equal(refusal({ most: 999 }, {}), "basket_above_offline")
  assert.equal(refusal({ most: 999 }, { total: null }), undefined)
})

test("what this till does not know yet takes a line", () => {
  const sale = { total: 1000, at: NOON }
  const other = { ...OFFER, benefit: { kind: "lottery" } }
  const asked = { ...OFFER, conditions: { all: [{ kind: "weather" }] } }

  assert.equal(decide(AT_WORK, other, sale).refused, "line_needed")
  assert.equal(decide(AT_WORK, asked, sale).refused, "line_needed")
})

test("a refusal says what the sentence needs", () => {
  const asked = { ...OFFER, conditions: { all: [{ kind: "minimum_basket", amount: 1500 }] } }

  const { facts } = decide(AT_WORK, asked, { total: 1000, at: NOON })

  assert.deepEqual(facts, { minimum: 1500, total: 1000, missing: 500 })
})

test("an offer is found by what a token or a public code says", () => {
  assert.equal(offerOf(AT_WORK, OFFER.version), OFFER)
  assert.equal(offerOf(AT_WORK, "0".repeat(16)), null)
  assert.equal(publicOffer(AT_WORK, "SPR1NG10"), OFFER)
  assert.equal(publicOffer(AT_WORK, "SPR1NG11"), null)
})

const pack = (digests) =>
  Buffer.from(
    digests
      .sort()
      .map((one) => one.padStart(16, "0"))
      .join(""),
    "hex",
  ).toString("base64")

test("what is gone is found among a hundred thousand, and nothing else is", async () => {
  const spread = (one) =>
    ((BigInt(one) * 0x9e3779b97f4a7c15n) & 0xffff_ffff_ffff_ffffn).toString(16)
  const digests = Array.from({ length: 100_000 }, (_, one) => spread(one * 2).padStart(16, "0"))
  const bundle = { gone: pack([...digests]) }

  assert.ok(digests.every((one) => isGone(bundle, one)))
  for (let one = 1; one < 2001; one += 2) assert.ok(!isGone(bundle, spread(one).padStart(16, "0")))
  assert.equal(isGone({ gone: "" }, "0".repeat(16)), false)
  assert.equal(isGone({ gone: pack(["f".repeat(16)]) }, "f".repeat(16)), true)
})

const scanned = (name) => tokens.cases.find((one) => one.name === name)
const QR = scanned("as it stands in the QR").scanned
const CARD = scanned("with its card")

test("a code is answered from what hangs on it and the bundle", async () => {
  const sale = { total: 1000, at: NOON }

  const taken = await answer(QR, AT_WORK, sale)
  const known = await answer("spring-10", AT_WORK, sale)
  const unknown = await answer("SUMMER10", AT_WORK, sale)
  const other = await answer(QR, { ...AT_WORK, offers: [] }, sale)

  const given = { offer: OFFER, discount: 100, points: 0, toPay: 900 }
  assert.deepEqual(taken, { code: "7KQF2M9PXTRA", singleUse: true, ...given })
  assert.deepEqual(known, { code: "SPR1NG10", singleUse: false, ...given })
  assert.deepEqual(unknown, { code: "SUMMER10", refused: "line_needed", facts: {} })
  assert.equal(other.refused, "line_needed")
})

test("a code that is gone, or that this till took before, is not taken", async () => {
  const gone = { ...AT_WORK, gone: pack([await digest("7KQF2M9PXTRA", 8)]) }
  const sale = { total: 1000, at: NOON }

  assert.equal((await answer(QR, gone, sale)).refused, "coupon_gone")
  assert.equal((await answer("SPR1NG10", gone, sale)).refused, undefined)
  const taken = new Set(["7KQF2M9PXTRA", "SPR1NG10"])
  assert.equal((await answer(QR, AT_WORK, { ...sale, taken })).refused, "coupon_used_up")
  assert.equal((await answer("SPR1NG10", AT_WORK, { ...sale, taken })).refused, undefined)
})

test("a coupon that is bound to a card is gone with the card", async () => {
  const gone = { ...AT_WORK, gone: pack([await digest(cardName(CARD.card), 8)]) }
  const sale = { total: 1000, at: NOON, card: CARD.card }

  assert.equal((await answer(CARD.scanned, AT_WORK, sale)).refused, undefined)
  assert.equal((await answer(CARD.scanned, gone, sale)).refused, "coupon_gone")
  assert.equal((await answer(QR, gone, sale)).refused, undefined)
})
