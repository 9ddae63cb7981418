// Amounts as a cashier types them, and as a customer reads them. Inside they are minor units.

const BLANKS = /[\s\u00a0\u202f'’]/g
const AT_MOST = 12 // digits: beyond any basket, and exact as a number

/**
 * "12,50" and "12.50" are 1250 where the currency has two decimals.
 * What could mean two things ("1.234" with two decimals) is refused: null.
 */
export function parse(text, exponent) {
  const typed = text.replace(BLANKS, "")
  if (!/^\d*(?:[.,]\d+)*[.,]?$/.test(typed) || !/\d/.test(typed)) return null

  const parts = split(typed, exponent)
  if (parts === null) return null

  const digits = parts.whole + parts.fraction.padEnd(exponent, "0")
  return digits.length > AT_MOST ? null : Number(digits)
}

function split(typed, exponent) {
  const marks = typed.replace(/\d/g, "")
  if (marks === "") return { whole: typed, fraction: "" }

  const mark = marks.at(-1)
  const [left, right] = cut(typed, mark)
  const decimal = right.length <= exponent && marks.indexOf(mark) === marks.length - 1
  if (decimal) {
    const whole = ungroup(left, marks.slice(0, -1))
    return whole === null ? null : { whole, fraction: right }
  }

  const alike = [...marks].every((other) => other === mark)
  const clear = alike && (marks.length > 1 || exponent === 0)
  const whole = clear ? ungroup(typed, marks) : null
  return whole === null ? null : { whole, fraction: "" }
}

function cut(typed, mark) {
  const at = typed.lastIndexOf(mark)
  return [typed.slice(0, at), typed.slice(at + 1)]
}

/** "1.234.567" is 1234567: groups of three behind one kind of mark. */
function ungroup(typed, marks) {
  if (marks === "") return typed
  if (new Set(marks).size > 1) return null
  const [first, ...groups] = typed.split(marks[0])
  const whole = first.length > 0 && first.length <= 3 && groups.every((group) => group.length === 3)
  return whole ? [first, ...groups].join("") : null
}

/** Minor units as text in the reader's language. */
export function format(minor, { locale, currency, exponent }) {
  const form = new Intl.NumberFormat(locale, {
    style: "currency",
    currency,
    minimumFractionDigits: exponent,
    maximumFractionDigits: exponent,
  })
  return form.format(minor / 10 ** exponent)
}
