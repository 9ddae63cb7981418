import assert from "node:assert/strict"
import { test } from "node:test"
import { facing, IDLE, nameless } from "../../static/till/facing.js"
import * as sales from "../../static/till/sale.js"

const CARD = {
  kind: "card",
  card: { number: "1234", state: "active" },
  customer: { name: "Ada" },
  points: { available: 80 },
}
const quote = { basket_total: 2000, discount: 200, to_pay: 1800, points: { earned: 18, spent: 0 } }

function quoted() {
  const sale = sales.withTotal(sales.scanned(sales.EMPTY, "1234", CARD), 2000)
  return sales.withQuote(sale, sale.revision, quote)
}

test("before a sale nothing of anybody is shown", () => {
  assert.deepEqual(facing(sales.EMPTY), IDLE)
})

test("a total is shown at once, the discount when it is known", () => {
  const typed = facing(sales.withTotal(sales.EMPTY, 2000))
  assert.deepEqual([typed.total, typed.to_pay, typed.discount], [2000, 2000, 0])

  const told = facing(quoted())
  assert.deepEqual([told.total, told.discount, told.to_pay, told.earned], [2000, 200, 1800, 18])
  assert.equal(told.available, 80)
})

test("after a sale its figures stand, with the points that are there then", () => {
  const points = { ...quote.points, available: 98 }
  const settled = facing(sales.settled(quoted(), { ...quote, points }))

  assert.equal(settled.phase, "settled")
  assert.deepEqual([settled.to_pay, settled.available], [1800, 98])
})

test("a name is shown where the customer agreed, and never to a phone", () => {
  assert.equal(facing(quoted()).name, "Ada")
  const shy = { ...CARD, customer: { name: null } }
  assert.equal(facing(sales.scanned(sales.EMPTY, "1234", shy)).name, null)
  assert.deepEqual(Object.keys(nameless(facing(quoted()))), [
    "phase",
    "total",
    "discount",
    "spent",
    "to_pay",
    "earned",
  ])
})
