// A scanner that types. What comes faster than any hand, and ends with Enter or Tab, is a scan.

const GAP = 80 // ms between two keys, at most
const MEAN = 35 // ms between two keys, on average less than this
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
 * The character a scanner meant. It speaks in positions of a US keyboard, so the host's layout
 * (which makes "Ö" of ":" in German) must not be asked.
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
  #text = ""
  #first = 0
  #last = 0
  #field = null

  /** @param {(text: string) => void} take is given what was scanned */
  constructor(take) {
    this.#take = take
  }

  /** Take a keydown event; true when it ended a scan, so that the key itself must do nothing. */
  key(event) {
    if (/^(Shift|CapsLock)/.test(event.code)) return false
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) {
      this.#forget()
      return false
    }
    if (event.code === "Enter" || event.code === "NumpadEnter" || event.code === "Tab") {
      return this.#end(event.timeStamp)
    }
    this.#add(character(event), event)
    return false
  }

  #add(typed, { timeStamp, target }) {
    if (typed === null) {
      this.#forget()
      return
    }
    if (timeStamp - this.#last > GAP) {
      this.#forget()
    }
    if (this.#text === "") {
      this.#first = timeStamp
      this.#field = remember(target)
    }
    this.#text += typed
    this.#last = timeStamp
  }

  #end(now) {
    const text = this.#text
    const swift = now - this.#last <= GAP && (now - this.#first) / text.length < MEAN
    const field = this.#field
    this.#forget()
    if (text.length < SHORTEST || !swift) return false

    giveBack(field)
    this.#take(text)
    return true
  }

  #forget() {
    this.#text = ""
    this.#field = null
  }
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
