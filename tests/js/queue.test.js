import assert from "node:assert/strict"
import { test } from "node:test"
import { NoAnswer, Problem } from "../../static/till/api.js"
import { isCard } from "../../static/till/offline/local.js"
import { lot, passes, summary } from "../../static/till/offline/queue.js"

const items = (...kinds) => kinds.map((kind, n) => ({ n, ...(kind === "ask" && { ask: {} }) }))
const numbers = (chosen) => chosen.map(({ n }) => n)

test("a lot is the first few, and ends before one that the server may know", () => {
  assert.deepEqual(numbers(lot(items("", "", ""))), [0, 1, 2])
  assert.deepEqual(numbers(lot(items("", "", "", "", "", "", ""))), [0, 1, 2, 3, 4])
  assert.deepEqual(numbers(lot(items("", "", "ask", ""))), [0, 1])
})

test("what nobody has decided is sent again, what was refused is not", () => {
  const again = [401, 403, 408, 429, 500, 502, 503].map((status) => new Problem(status))
  const decided = [404, 409, 413, 422].map((status) => new Problem(status))

  for (const error of [...again, new NoAnswer("")]) assert.equal(passes(error), true)
  for (const error of decided) assert.equal(passes(error), false)
  assert.equal(passes(new Problem(400, { code: "csrf_failed" })), true)
  assert.equal(passes(new TypeError("a bug")), false)
})

test("a summary counts sales, and lists what somebody has to see", () => {
  const answer = { at: "2026-11-22T10:00:00Z", to_pay: 1800 }
  const conflict = { code: "coupon_used_up", coupon: "…7KQF", cost: 200, detail: "It is used up." }

  const told = summary([
    { answer, due: 1800, conflicts: [] },
    { answer, due: 2000, conflicts: [conflict] }, // its cost is in the conflict
    { answer, due: 1800, conflicts: [], undo: { done: true } },
    {
      answer,
      due: 1800,
      conflicts: [],
      undo: { done: false, detail: "Too late." },
      refused: "No.",
    },
    { answer, due: 2000, conflicts: [] },
  ])

  assert.deepEqual([told.sent, told.conflicts, told.undone], [5, 1, 1])
  assert.deepEqual(
    told.rows.map(({ kind, cost, detail }) => [kind, cost, detail]),
    [
      ["conflict", 200, "It is used up."],
      ["not-undone", 1800, "Too late."],
      ["refused", 0, "No."],
      ["differs", 200, undefined],
    ],
  )
})

test("a card is known by its check digit", () => {
  assert.equal(isCard("4539578763621486"), true)
  assert.equal(isCard("4539578763621487"), false)
  assert.equal(isCard("7KQF2M9PXTRA"), false)
})
