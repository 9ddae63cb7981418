import assert from "node:assert/strict"
import { test } from "node:test"
import { makeOnce } from "../../static/till/once.js"

test("the same code twice within two seconds is one scan", () => {
  const once = makeOnce()

  assert.equal(once("A", 10_000), true)
  assert.equal(once("A", 11_999), false)
})

test("a code that stays before the camera is one scan, however long", () => {
  const once = makeOnce()
  once("A", 10_000)

  for (let at = 10_100; at < 20_000; at += 100) assert.equal(once("A", at), false)
})

test("the same code after two seconds without it is another scan", () => {
  const once = makeOnce()
  once("A", 10_000)

  assert.equal(once("A", 12_000), true)
})

test("another code is another scan at once", () => {
  const once = makeOnce()
  once("A", 10_000)

  assert.equal(once("B", 10_050), true)
})

test("a code that is to be forgotten is another scan at once", () => {
  const once = makeOnce()
  once("A", 10_000)

  once.forget()

  assert.equal(once("A", 10_050), true)
  assert.equal(once("A", 10_100), false)
})

test("two codes that lie before the camera are one scan each, however they take turns", () => {
  const once = makeOnce()
  const through = []

  for (let at = 10_000; at < 15_000; at += 100) {
    const code = at % 200 ? "A" : "B"
    if (once(code, at)) through.push(code)
  }

  assert.deepEqual(through, ["B", "A"])
})
