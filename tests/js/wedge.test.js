import assert from "node:assert/strict"
import { test } from "node:test"
import { character, Wedge } from "../../static/till/wedge.js"

const US_KEYS = {
  ":": ["Semicolon", true],
  "/": ["Slash", false],
  ".": ["Period", false],
  "-": ["Minus", false],
}

function keyOf(letter) {
  if (/[0-9]/.test(letter)) return { code: `Digit${letter}`, shiftKey: false }
  if (/[a-z]/i.test(letter)) {
    return { code: `Key${letter.toUpperCase()}`, shiftKey: letter === letter.toUpperCase() }
  }
  const [code, shiftKey] = US_KEYS[letter]
  return { code, shiftKey }
}

/** Type a text, one key every `gap` milliseconds, and end it; tells whether the end was taken. */
function type(wedge, text, { gap = 10, end = "Enter", target = null, from = 1000 } = {}) {
  let timeStamp = from
  for (const letter of text) {
    wedge.key({ ...keyOf(letter), timeStamp, target })
    if (target) target.value += letter
    timeStamp += gap
  }
  return wedge.key({ code: end, timeStamp, target })
}

function makeWedge() {
  const scans = []
  return { scans, wedge: new Wedge((text) => scans.push(text)) }
}

function makeField(value) {
  const field = new EventTarget()
  field.value = value
  return field
}

test("a burst that ends with Enter is a scan", () => {
  const { wedge, scans } = makeWedge()

  assert.equal(type(wedge, "HTTPS://SHOP.EXAMPLE/C/7KQF2M9PXTRA"), true)

  assert.deepEqual(scans, ["HTTPS://SHOP.EXAMPLE/C/7KQF2M9PXTRA"])
})

test("a burst that ends with Tab is a scan", () => {
  const { wedge, scans } = makeWedge()

  type(wedge, "7KQF-2M9P", { end: "Tab" })

  assert.deepEqual(scans, ["7KQF-2M9P"])
})

test("what a hand types is no scan", () => {
  const { wedge, scans } = makeWedge()

  assert.equal(type(wedge, "7KQF2M9P", { gap: 60 }), false)
  assert.equal(type(wedge, "7KQF2M9P", { gap: 120, from: 9000 }), false)

  assert.deepEqual(scans, [])
})

test("five characters are no scan", () => {
  const { wedge, scans } = makeWedge()

  assert.equal(type(wedge, "12345"), false)

  assert.deepEqual(scans, [])
})

test("keys typed before the burst are not part of it", () => {
  const { wedge, scans } = makeWedge()

  wedge.key({ ...keyOf("9"), timeStamp: 500, target: null })
  type(wedge, "7KQF2M9P", { from: 1000 })

  assert.deepEqual(scans, ["7KQF2M9P"])
})

test("digits that a hand types in the pause a scanner may make stay where they are", () => {
  const { wedge, scans } = makeWedge()
  const field = makeField("")
  for (const [digit, timeStamp] of [
    ["1", 860],
    ["2", 930],
  ]) {
    wedge.key({ ...keyOf(digit), timeStamp, target: field })
    field.value += digit
  }

  type(wedge, "4206117000000009", { target: field, from: 1000 })

  assert.deepEqual(scans, ["4206117000000009"])
  assert.equal(field.value, "12")
})

test("an address begins where it says so, however fast somebody typed before it", () => {
  const { wedge, scans } = makeWedge()
  const field = makeField("")

  type(wedge, "12https://shop.example/c/7KQF2M9P", { target: field })

  assert.deepEqual(scans, ["https://shop.example/c/7KQF2M9P"])
  assert.equal(field.value, "12")
})

test("a scanner may pause in an address, and in the middle of a number", () => {
  const { wedge, scans } = makeWedge()
  const pressed = (text, from) => {
    for (const [i, letter] of [...text].entries()) {
      wedge.key({ ...keyOf(letter), timeStamp: from + i * 10, target: null })
    }
  }

  pressed("HTT", 1000)
  type(wedge, "PS://SHOP.EXAMPLE/C/7KQF2M9P", { from: 1080 })
  pressed("4206117", 3000)
  type(wedge, "000000009", { from: 3130 })

  assert.deepEqual(scans, ["HTTPS://SHOP.EXAMPLE/C/7KQF2M9P", "4206117000000009"])
})

test("an Enter long after the burst is an Enter", () => {
  const { wedge, scans } = makeWedge()
  for (let i = 0; i < 8; i += 1)
    wedge.key({ code: "Digit4", timeStamp: 1000 + i * 10, target: null })

  assert.equal(wedge.key({ code: "Enter", timeStamp: 1500, target: null }), false)

  assert.deepEqual(scans, [])
})

test("two scans in a row are two scans", () => {
  const { wedge, scans } = makeWedge()

  type(wedge, "7KQF2M9P", { from: 1000 })
  type(wedge, "42061170", { from: 1200 })

  assert.deepEqual(scans, ["7KQF2M9P", "42061170"])
})

test("shift between the keys does not break a burst", () => {
  const { wedge, scans } = makeWedge()
  let timeStamp = 1000
  for (const letter of "ABCDEFG") {
    wedge.key({ code: "ShiftLeft", shiftKey: true, timeStamp, target: null })
    wedge.key({ ...keyOf(letter), timeStamp: timeStamp + 2, target: null })
    timeStamp += 10
  }

  wedge.key({ code: "Enter", timeStamp, target: null })

  assert.deepEqual(scans, ["ABCDEFG"])
})

test("a shortcut in between ends the burst", () => {
  const { wedge, scans } = makeWedge()
  for (const at of [0, 10, 20]) wedge.key({ ...keyOf("4"), timeStamp: 1000 + at, target: null })
  wedge.key({ code: "KeyC", ctrlKey: true, timeStamp: 1030, target: null })

  type(wedge, "123", { from: 1040 })

  assert.deepEqual(scans, [])
})

test("the field that had the focus gets back what it held, and is told", () => {
  const { wedge } = makeWedge()
  const field = makeField("12,50")
  let told = 0
  field.addEventListener("input", () => {
    told += 1
  })

  type(wedge, "7KQF2M9P", { target: field })

  assert.equal(field.value, "12,50")
  assert.equal(told, 1)
})

test("a hand's typing stays in its field", () => {
  const { wedge } = makeWedge()
  const field = makeField("")

  type(wedge, "7KQF2M9P", { target: field, gap: 90 })

  assert.equal(field.value, "7KQF2M9P")
})

test("positions are read as a US keyboard, whatever the host's layout", () => {
  assert.equal(character({ code: "Semicolon", shiftKey: true, key: "Ö" }), ":")
  assert.equal(character({ code: "Slash", shiftKey: false, key: "-" }), "/")
  assert.equal(character({ code: "KeyY", shiftKey: false, key: "z" }), "y")
  assert.equal(character({ code: "Digit7", shiftKey: true, key: "/" }), "&")
  assert.equal(character({ code: "Numpad7", shiftKey: false }), "7")
  assert.equal(character({ code: "F5", shiftKey: false }), null)
})

/** What a host of another layout makes of a key: its name, for the position that was pressed. */
function typeOn(wedge, keys, from = 1000) {
  for (const [i, [code, shiftKey, key]] of keys.entries()) {
    wedge.key({ code, shiftKey, key, timeStamp: from + i * 10, target: null })
  }
  return wedge.key({ code: "Enter", timeStamp: from + keys.length * 10, target: null })
}

const pressedOn = (layout, text) =>
  [...text].map((letter) => {
    const [code, shiftKey] = layout[letter] ?? Object.values(keyOf(letter))
    return [code, shiftKey, letter]
  })

const GERMAN = {
  ":": ["Period", true],
  "/": ["Digit7", true],
  "-": ["Slash", false],
  Z: ["KeyY", true],
  Y: ["KeyZ", true],
}

const FRENCH = {
  ":": ["Period", false],
  "/": ["Period", true],
  ".": ["Comma", true],
  A: ["KeyQ", true],
  Q: ["KeyA", true],
  Z: ["KeyW", true],
  W: ["KeyZ", true],
  M: ["Semicolon", true],
  ...Object.fromEntries([..."0123456789"].map((digit) => [digit, [`Digit${digit}`, true]])),
}

for (const [name, layout] of Object.entries({ GERMAN, FRENCH })) {
  test(`a scanner set to its host's layout is understood: ${name}`, () => {
    const { wedge, scans } = makeWedge()
    const texts = ["HTTPS://SHOP.EXAMPLE/C/7ZQY2M9PAWAM", "ZYQA1M2W3Z0F", "4206117000000006"]

    for (const [i, text] of texts.entries()) typeOn(wedge, pressedOn(layout, text), i * 9000)

    assert.deepEqual(scans, texts)
  })
}

test("where both readings could be right, the positions count", () => {
  const { wedge, scans } = makeWedge()

  typeOn(wedge, pressedOn(GERMAN, "NOCODEZY"))

  assert.deepEqual(scans, ["NOCODEYZ"])
})
