import assert from "node:assert/strict"
import { test } from "node:test"
import { makeApi, makeSender, NoAnswer, Problem } from "../../static/till/api.js"

const answer = (status, body) =>
  new Response(body === null ? "<html>" : JSON.stringify(body), { status })

/** A server that gives these answers in order; a function is called, so that it may throw. */
function makeServer(...answers) {
  const requests = []
  const fetch = async (address, options) => {
    requests.push({ address, ...options })
    const next = answers[Math.min(requests.length, answers.length) - 1]
    return typeof next === "function" ? next() : next.clone()
  }
  const waits = []
  const wait = async (milliseconds) => void waits.push(milliseconds)
  const send = makeSender({ fetch, csrfToken: () => "token", wait, pauses: [1, 2, 3] })
  return { api: makeApi(send), requests, waits }
}

const down = () => {
  throw new TypeError("Failed to fetch")
}

test("a scan is one request with the token of the page", async () => {
  const { api, requests } = makeServer(answer(200, { kind: "card" }))

  assert.deepEqual(await api.scan("7KQF"), { kind: "card" })

  assert.equal(requests[0].address, "/api/v1/scans")
  assert.equal(requests[0].body, '{"code":"7KQF"}')
  assert.equal(requests[0].headers["X-CSRFToken"], "token")
  assert.equal("Idempotency-Key" in requests[0].headers, false)
})

test("a purchase carries its key", async () => {
  const { api, requests } = makeServer(answer(201, { id: "pu_1" }))

  await api.settle({ key: "key-of-this-sale-1", body: { card: "42" } })

  assert.equal(requests[0].headers["Idempotency-Key"], "key-of-this-sale-1")
})

test("a purchase that nobody answered is sent again, the same to the byte", async () => {
  const { api, requests, waits } = makeServer(down, down, answer(201, { id: "pu_1" }))

  const settled = await api.settle({ key: "key-of-this-sale-1", body: { card: "42" } })

  assert.equal(settled.id, "pu_1")
  assert.deepEqual(waits, [1, 2])
  assert.equal(requests.length, 3)
  assert.equal(new Set(requests.map((each) => each.body)).size, 1)
  assert.equal(new Set(requests.map((each) => each.headers["Idempotency-Key"])).size, 1)
})

test("a purchase is sent again when the server fails", async () => {
  const { api, requests } = makeServer(answer(503, null), answer(201, { id: "pu_1" }))

  await api.settle({ key: "key-of-this-sale-1", body: {} })

  assert.equal(requests.length, 2)
})

test("after the last try it says that no answer came", async () => {
  const { api, requests } = makeServer(down)

  await assert.rejects(api.settle({ key: "key-of-this-sale-1", body: {} }), NoAnswer)

  assert.equal(requests.length, 4)
})

test("a quote is not sent again", async () => {
  const { api, requests } = makeServer(down)

  await assert.rejects(api.quote({}), NoAnswer)

  assert.equal(requests.length, 1)
})

test("a refusal is a problem with its code and sentence, and is not sent again", async () => {
  const refusal = {
    status: 409,
    code: "coupon_used_up",
    detail: "Used on 3 May.",
    facts: { uses: 1 },
  }
  const { api, requests } = makeServer(answer(409, refusal))

  await assert.rejects(api.settle({ key: "key-of-this-sale-1", body: {} }), (error) => {
    assert.ok(error instanceof Problem)
    assert.equal(error.code, "coupon_used_up")
    assert.equal(error.detail, "Used on 3 May.")
    assert.deepEqual(error.facts, { uses: 1 })
    assert.equal(error.isUnknown, false)
    return true
  })

  assert.equal(requests.length, 1)
})

test("a server error that is not JSON is a problem whose effect is unknown", async () => {
  const { api } = makeServer(answer(500, null))

  await assert.rejects(api.quote({}), (error) => error instanceof Problem && error.isUnknown)
})

test("a yes that cannot be read is no answer", async () => {
  const { api } = makeServer(answer(200, null))

  await assert.rejects(api.quote({}), NoAnswer)
})

test("undo names the sale and gives the reason", async () => {
  const { api, requests } = makeServer(answer(200, { state: "voided" }))

  await api.undo({ id: "pu_1", reason: "mistyped", key: "key-of-this-undo-1" })

  assert.equal(requests[0].address, "/api/v1/purchases/pu_1/void")
  assert.equal(requests[0].body, '{"reason":"mistyped"}')
})
