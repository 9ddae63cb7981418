import assert from "node:assert/strict"
import { test } from "node:test"
import { keepFor, makeKeeper } from "../../static/till/keep.js"

/** What a browser keeps for a tab. */
function makeStorage() {
  const held = new Map()
  return {
    get length() {
      return held.size
    },
    key: (i) => [...held.keys()][i],
    getItem: (name) => held.get(name) ?? null,
    setItem: (name, value) => held.set(name, value),
    removeItem: (name) => held.delete(name),
  }
}

function kept(phase) {
  const storage = makeStorage()
  storage.setItem("another", "stays")
  const keeper = makeKeeper(storage)
  keepFor(keeper, "st_1")
  keeper.put("sale", { phase })
  keeper.put("last", { id: "pu_1" })
  return { keeper, storage }
}

test("what a cashier left is there again for the same one", () => {
  const { keeper } = kept("open")

  keepFor(keeper, "st_1")

  assert.deepEqual(keeper.get("sale"), { phase: "open" })
  assert.deepEqual(keeper.get("last"), { id: "pu_1" })
})

test("another cashier finds nothing of it", () => {
  for (const phase of ["open", "settled"]) {
    const { keeper, storage } = kept(phase)

    keepFor(keeper, "st_2")

    assert.deepEqual(keeper.names(), ["cashier"])
    assert.equal(storage.getItem("another"), "stays")
  }
})

test("a sale without an answer is left to whoever comes next", () => {
  for (const phase of ["settling", "unknown"]) {
    const { keeper } = kept(phase)

    keepFor(keeper, "st_2")

    assert.deepEqual(keeper.get("sale"), { phase })
    assert.equal(keeper.get("last"), null)
  }
})
