import assert from "node:assert/strict"
import { test } from "node:test"
import { aimed } from "../../static/till/aim.js"

const at = (x, y, text, isValid = true) => {
  const corner = (dx, dy) => ({ x: x + dx, y: y + dy })
  const [topLeft, topRight] = [corner(-10, -10), corner(10, -10)]
  const [bottomLeft, bottomRight] = [corner(-10, 10), corner(10, 10)]
  return { text, isValid, position: { topLeft, topRight, bottomLeft, bottomRight } }
}

test("of several codes the one nearest to the middle is meant", () => {
  const found = [at(100, 100, "LEFT"), at(480, 300, "NEAR"), at(900, 270, "RIGHT")]

  assert.equal(aimed(found, 960, 540), "NEAR")
  assert.equal(aimed(found.reverse(), 960, 540), "NEAR")
})

test("what could not be read is not meant, however near", () => {
  assert.equal(
    aimed([at(480, 270, "BAD", false), at(0, 0, "GOOD"), at(480, 270, "")], 960, 540),
    "GOOD",
  )
})

test("an empty picture means nothing", () => {
  assert.equal(aimed([], 960, 540), null)
})
