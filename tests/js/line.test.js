import assert from "node:assert/strict"
import { test } from "node:test"
import { either, Line, watched } from "../../static/till/offline/line.js"

/** A line with a server that answers or not; `pass` lets the time until the next look pass. */
function makeLine({ down = false, there = false } = {}) {
  const server = { there }
  const moves = []
  let next = null
  const line = new Line({
    look: async () => server.there,
    changed: (state, before) => moves.push(`${before} > ${state}`),
    down,
    later: (act) => {
      next = act
      return 1
    },
  })
  return { line, server, moves, pass: () => next() }
}

test("a request in vain makes it shaky, and an answer makes it good again", () => {
  const { line, moves } = makeLine()

  line.failed()
  line.failed()
  line.answered()

  assert.deepEqual(moves, ["up > shaky", "shaky > up"])
})

test("it is asked until there is an answer", async () => {
  const { line, server, moves, pass } = makeLine()

  line.failed()
  await pass()
  assert.equal(line.state, "shaky")
  server.there = true
  await pass()

  assert.deepEqual(moves, ["up > shaky", "shaky > up"])
})

test("an answer to an old request does not end what the cashier decided; a look does", async () => {
  const { line, server, pass } = makeLine()

  line.failed()
  line.goOn()
  line.answered()
  assert.equal(line.state, "down")
  server.there = true
  await pass()

  assert.equal(line.state, "up")
})

test("it stays down over a reload", async () => {
  const { line, moves } = makeLine({ down: true })

  await line.look()

  assert.equal(line.isDown, true)
  assert.deepEqual(moves, [])
})

test("a gateway without a server behind it is no line; a refusal is one", async () => {
  const { line } = makeLine()
  const answering = (status) => watched(async () => ({ status }), line)

  await answering(503)("/")
  assert.equal(line.state, "shaky")
  await answering(409)("/")

  assert.equal(line.state, "up")
})

test("who waits for an answer goes on with the till", async () => {
  const { line } = makeLine()
  const silent = () => new Promise(() => {})

  const answer = either(line, silent, async () => "here")
  line.goOn()

  assert.equal(await answer, "here")
})

test("who went on waits for the answer here, whatever then comes from there", async () => {
  const fails = () => {
    throw new Error("no answer")
  }
  for (const comes of [fails, () => "there"]) {
    const { line } = makeLine()
    const slower = () => later(() => later(() => "here"))

    const answer = either(line, () => later(comes), slower)
    line.goOn()

    assert.equal(await answer, "here")
  }
})

test("what was answered is not asked again when the line goes later", async () => {
  const { line } = makeLine()
  let asked = 0
  const here = async () => {
    asked += 1
  }

  assert.equal(await either(line, async () => "there", here), "there")
  await assert.rejects(either(line, async () => Promise.reject(new Error("no")), here))
  line.goOn()

  assert.equal(asked, 0)
})

test("without a line nobody is asked there", async () => {
  const { line } = makeLine({ down: true })
  let asked = 0
  const there = async () => {
    asked += 1
  }

  assert.equal(await either(line, there, async () => "here"), "here")
  assert.equal(asked, 0)
})

const later = (act) => new Promise((done) => setImmediate(done)).then(act)
