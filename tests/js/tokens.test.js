import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { parse, supported, verify } from "../../static/till/offline/tokens.js"

const { keys, cases } = JSON.parse(
  readFileSync(new URL("../shared/tokens.json", import.meta.url), "utf8"),
)

const MUTATED = 100_000
const AT_ONCE = 1_000
const SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
const CODE_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

for (const { name, scanned, card, now, expect } of cases) {
  test(`a code with what hangs on it: ${name}`, async () => {
    const found = await verify(scanned, { keys, now: Date.parse(now), card })

    if (expect.refused) {
      assert.equal(found.refused, expect.refused)
      return
    }
    const { code, version, singleUse, bound, expires } = found
    assert.deepEqual(
      { code, version, single_use: singleUse, bound, expires: expires && expires / 1000 },
      expect,
    )
  })
}

test("not one of a hundred thousand changed tokens is taken", async () => {
  const { scanned, now } = cases[1]
  const [code, token] = scanned.split(".")
  const given = { keys, now: Date.parse(now) }
  const random = makeRandom(4)
  const refused = {}

  for (let done = 0; done < MUTATED; done += AT_ONCE) {
    const changed = Array.from({ length: AT_ONCE }, () => mutated(random, code, token))
    const found = await Promise.all(changed.map((one) => verify(one, given)))
    for (const one of found) refused[one.refused] = (refused[one.refused] ?? 0) + 1
  }
  const control = await verify(scanned, given)

  assert.equal(refused.undefined, undefined)
  assert.ok(refused.code_not_found > 0.95 * MUTATED)
  assert.equal(control.refused, undefined)
})

/** A code and its token with one sign of them changed for another that could stand there. */
function mutated(random, code, token) {
  const at = random(code.length + token.length)
  const whole = code + token
  const signs = (at < code.length ? CODE_SIGNS : SIGNS).replace(whole[at], "")
  const changed = whole.slice(0, at) + signs[random(signs.length)] + whole.slice(at + 1)
  return `${changed.slice(0, code.length)}.${changed.slice(code.length)}`
}

/** Whole numbers below another, the same every time (mulberry32). */
function makeRandom(seed) {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

test("a code is the same however it is typed, with or without what hangs on it", () => {
  const token = "A2".repeat(66)

  assert.deepEqual(parse("https://shop.example/c/7kqf-0123-abcd?x=1"), {
    code: "7KQF0123ABCD",
    token: null,
  })
  assert.deepEqual(parse(`HTTPS://SHOP.EXAMPLE/C/7KQF0123ABCD.${token}`), {
    code: "7KQF0123ABCD",
    token,
  })
  assert.deepEqual(parse("4206117000000009.0123456Z"), { code: "4206117000000009", token: null })
  assert.deepEqual(parse("７ＫＱＦ—oil"), { code: "7KQF011", token: null })
})

test("a browser that cannot check a signature says so and takes nothing", async (t) => {
  const { scanned, now } = cases[0]
  const given = { keys: [{ number: 1, public: "ab".repeat(32) }], now: Date.parse(now) }
  const refuse = () => Promise.reject(new DOMException("no", "NotSupportedError"))
  t.mock.method(crypto.subtle, "importKey", refuse)

  assert.equal((await verify(scanned, given)).refused, "offline_unsupported")
})

test("a browser that can says so", async () => {
  assert.equal(await supported(), true)
})
