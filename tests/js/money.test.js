import assert from "node:assert/strict"
import { test } from "node:test"
import { format, parse } from "../../static/till/money.js"

const TYPED = [
  // what a cashier types, decimals of the currency, minor units
  ["12", 2, 1200],
  ["12,5", 2, 1250],
  ["12,50", 2, 1250],
  ["12.50", 2, 1250],
  [" 12.50 ", 2, 1250],
  [",50", 2, 50],
  ["12,", 2, 1200],
  ["0", 2, 0],
  ["007", 2, 700],
  ["1 234,50", 2, 123450],
  ["1\u00a0234,50", 2, 123450],
  ["1'234.50", 2, 123450],
  ["1.234,50", 2, 123450],
  ["1,234.50", 2, 123450],
  ["1.234.567", 2, 123456700],
  ["1.234.567,8", 2, 123456780],
  ["500", 0, 500],
  ["1.500", 0, 1500],
  ["1.234", 3, 1234],
  ["1,5", 3, 1500],
  ["9999999999.99", 2, 999999999999],
]

const REFUSED = [
  ["", 2],
  ["abc", 2],
  ["-5", 2],
  ["+5", 2],
  ["1e3", 2],
  ["12,505", 2],
  ["1.234", 2],
  ["1,2,3", 2],
  ["1,23.4,5", 2],
  ["12.34,50", 2],
  ["12..5", 2],
  [".", 2],
  ["1,5", 0],
  ["12 €", 2],
  ["99999999999.99", 2],
]

for (const [typed, exponent, minor] of TYPED) {
  test(`"${typed}" with ${exponent} decimals is ${minor}`, () => {
    assert.equal(parse(typed, exponent), minor)
  })
}

for (const [typed, exponent] of REFUSED) {
  test(`"${typed}" with ${exponent} decimals is no amount`, () => {
    assert.equal(parse(typed, exponent), null)
  })
}

test("an amount is written with the decimals of its currency", () => {
  assert.equal(format(1250, { locale: "en", currency: "EUR", exponent: 2 }), "€12.50")
  assert.equal(format(1250, { locale: "en", currency: "JPY", exponent: 0 }), "¥1,250")
})
