// Whether a text can be a code of ours, by its check character alone: nobody is asked.

const CODE = "0123456789ABCDEFGHJKMNPQRSTVWXYZ" // Crockford's base 32, as codes are made of
const CARD = "0123456789"

const ADDRESS = /^https?:\/\/[^/\s]+\/c\/[^/?#\s]+/i

/** An address of ours by its form, a card by its 16 digits, or a code by its 12 characters. */
export function looksRight(text) {
  if (ADDRESS.test(text)) return true
  const bare = text.toUpperCase().replace(/[\s-]/g, "")
  if (/^\d{16}$/.test(bare)) return luhn(bare, CARD)
  return /^[0-9A-Z]{12}$/.test(bare) && luhn(bare, CODE)
}

/** Luhn's check in any alphabet: from the right, every second value is doubled. */
function luhn(text, alphabet) {
  const n = alphabet.length
  let sum = 0
  for (const [i, letter] of [...text].reverse().entries()) {
    const value = alphabet.indexOf(letter)
    if (value < 0) return false
    const doubled = value * (1 + (i % 2))
    sum += i % 2 ? Math.floor(doubled / n) + (doubled % n) : doubled
  }
  return sum % n === 0
}
