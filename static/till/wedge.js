// A scanner that types. What comes faster than any hand, and ends with Enter or Tab, is a scan.

import { looksRight } from "./checks.js"

const GAP = 80 // ms between two keys, at most
const MEAN = 35 // ms between two keys, on average less than this; a longer pause may be a hand's
const SHORTEST = 6 // characters

const SHIFTED_DIGITS = ")!@#$%^&*("
const MARKS = {
  Minus: "-_",
  Equal: "=+",
  Slash: "/?",
  Period: ".>",
  Comma: ",<",
  Semicolon: ";:",
  Quote: "'\"",
  BracketLeft: "[{",
  BracketRight: "]}",
  Backslash: "\\|",
  Backquote: "`~",
  Space: "  ",
  NumpadAdd: "++",
  NumpadSubtract: "--",
  NumpadMultiply: "**",
  NumpadDivide: "//",
  NumpadDecimal: "..",
}

/**
 * The character a scanner meant that speaks in positions of a US keyboard, as they do when they
 * leave the factory: the host's layout, which makes "Ö" of ":" in German, must not be asked.
 */
export function character({ code, shiftKey }) {
  const letter = /^Key([A-Z])$/.exec(code)
  if (letter) return shiftKey ? letter[1] : letter[1].toLowerCase()

  const digit = /^(Digit|Numpad)(\d)$/.exec(code)
  if (digit) return shiftKey && digit[1] === "Digit" ? SHIFTED_DIGITS[digit[2]] : digit[2]

  return MARKS[code]?.[shiftKey ? 1 : 0] ?? null
}

export class Wedge {
  #take
  #keys = []

  /** @param {(text: string) => void} take is given what was scanned */
  constructor(take) {
    this.#take = take
  }

  /** Take a keydown event; true when it ended a scan, so that the key itself must do nothing. */
  key(event) {
    if (/^(Shift|CapsLock)/.test(event.code)) return false
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) {
      this.#keys = []
      return false
    }
    if (event.code === "Enter" || event.code === "NumpadEnter" || event.code === "Tab") {
      return this.#end(event.timeStamp)
    }
    this.#add(character(event), event.key ?? "", event)
    return false
  }

  #add(typed, host, { timeStamp: at, target }) {
    if (typed === null || at - (this.#keys.at(-1)?.at ?? at) > GAP) this.#keys = []
    if (typed !== null) this.#keys.push({ typed, host, at, field: remember(target) })
  }

  #end(at) {
    const last = this.#keys.at(-1)?.at
    const keys = withoutHand(this.#keys)
    this.#keys = []
    if (!isScan(keys, at) || at - last > GAP) return false

    giveBack(keys[0].field)
    this.#take(meant(keys))
    return true
  }
}

const written = (keys, by = "typed") => keys.map((key) => key[by]).join("")

/** A scanner set to the layout of its host means what the host reads, where only that can be right. */
function meant(keys) {
  const readings = [written(keys), written(keys, "host")]
  return readings.find(looksRight) ?? readings[0]
}

/** So many keys, and on average faster than any hand. */
const isScan = (keys, until) => keys.length >= SHORTEST && (until - keys[0].at) / keys.length < MEAN

/**
 * What a hand typed right before a scan is not part of it. An address says itself where it begins;
 * a number begins after a pause that only a hand makes.
 */
function withoutHand(keys) {
  const address = Math.max(...["typed", "host"].map((by) => begins(keys, by)))
  return keys.slice(address >= 0 ? address : afterHand(keys))
}

const begins = (keys, by) => written(keys, by).search(/https?:\/\//i)

/** The last pause counts, unless what is before it came as fast as a scan: then it is the scanner's. */
function afterHand(keys) {
  const begin = keys.findLastIndex(({ at }, i) => {
    const before = keys.slice(0, i)
    return i > 0 && at - before.at(-1).at > MEAN && !isScan(before, at)
  })
  return Math.max(begin, 0)
}

function remember(target) {
  return typeof target?.value === "string" ? { target, value: target.value } : null
}

/** Undo what the scanner typed into the field that happened to have the focus. */
function giveBack(field) {
  if (field === null || field.target.value === field.value) return
  field.target.value = field.value
  field.target.dispatchEvent(new Event("input", { bubbles: true }))
}
