// What hangs on a code so that it can be taken without a line, and whether we have signed it.
// The same as coupons/offline/tokens.py, checked by the same tests/shared/tokens.json.

const ADDRESS = /^\s*https?:\/\/[^/\s]+\/c\/([^/?#\s]+)/i
const TAIL = /^([\s\S]*)\.([0-9A-Z]{8}|[2-7A-Z]{132})\s*$/
const LOOK_ALIKES = { O: "0", I: "1", L: "1" }
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
const LONGEST = 64 // characters of a code

const SIZE = 82 // bytes: the head, then the signature
const HEAD = 18 // key, flags, expires (4), version (8), holder (4)
const SINGLE_USE = 1
const BOUND = 2

const text = new TextEncoder()

/** A code as it is kept, from whatever was scanned or typed, and the token behind it if there is one. */
export function parse(scanned) {
  const [, inAddress] = ADDRESS.exec(scanned) ?? []
  const upper = (inAddress ?? scanned).normalize("NFKC").toUpperCase()
  const [, before, tail] = TAIL.exec(upper) ?? []
  const code = [...(before ?? upper)]
    .filter((sign) => /[\p{L}\p{N}]/u.test(sign))
    .map((sign) => LOOK_ALIKES[sign] ?? sign)
    .slice(0, LONGEST)
    .join("")
  return { code, token: tail?.length === 132 ? tail : null }
}

/** Tell whether this browser can check a signature at all. */
export async function supported() {
  try {
    await imported("00".repeat(32))
    return true
  } catch {
    return false
  }
}

/**
 * Tell whether a code may be taken without a line, as far as its token says.
 *
 * @param {string} scanned  what was scanned or typed
 * @param {object} given
 * @param {{number: number, public: string}[]} given.keys  as the bundle has them
 * @param {number} given.now  in milliseconds
 * @param {string|null} given.card  the card of this sale, as it was scanned
 * @returns {Promise<{code, version, singleUse, bound, expires} | {code, refused}>}
 *   `version` names the terms as the bundle does; `expires` is in milliseconds, or null
 */
export async function verify(scanned, { keys, now, card = null }) {
  const { code, token } = parse(scanned)
  const refuse = (refused) => ({ code, refused })
  if (token === null) return refuse("line_needed")

  const bytes = decode(token)
  if (bytes === null) return refuse("code_not_found")
  const key = keys.find(({ number }) => number === bytes[0])
  if (key === undefined) return refuse("line_needed")
  const genuine = await signed(code, bytes, key)
  if (genuine === null) return refuse("offline_unsupported")
  if (!genuine) return refuse("code_not_found")

  const found = read(bytes)
  if (found.flags > (SINGLE_USE | BOUND)) return refuse("line_needed") // newer than this till
  if (found.expires !== null && now >= found.expires) return refuse("offer_ended")
  const bound = Boolean(found.flags & BOUND)
  if (bound && card === null) return refuse("card_needed")
  if (bound && found.holder !== (await holder(card))) return refuse("coupon_not_yours")
  const { version, expires } = found
  return { code, version, singleUse: Boolean(found.flags & SINGLE_USE), bound, expires }
}

/** The first bytes of the SHA-256 of a text, as hexadecimal digits. */
export async function digest(words, size) {
  const whole = await crypto.subtle.digest("SHA-256", text.encode(words))
  return hex(new Uint8Array(whole, 0, size))
}

/** What the digest of a card is made of. */
export const cardName = (card) => `card:${parse(card).code}`

const holder = (card) => digest(cardName(card), 4)

function read(bytes) {
  const view = new DataView(bytes.buffer)
  const seconds = view.getUint32(2)
  return {
    flags: bytes[1],
    expires: seconds === 0 ? null : seconds * 1000,
    version: hex(bytes.subarray(6, 14)),
    holder: hex(bytes.subarray(14, HEAD)),
  }
}

async function signed(code, bytes, { public: half }) {
  const message = new Uint8Array([
    ...text.encode(`loyalty-coupon-1\0${code}\0`),
    ...bytes.subarray(0, HEAD),
  ])
  try {
    return await crypto.subtle.verify(
      "Ed25519",
      await imported(half),
      bytes.subarray(HEAD),
      message,
    )
  } catch {
    return null
  }
}

const kept = new Map()

function imported(half) {
  if (!kept.has(half)) {
    const raw = Uint8Array.from(half.match(/../g), (pair) => Number.parseInt(pair, 16))
    kept.set(half, crypto.subtle.importKey("raw", raw, "Ed25519", false, ["verify"]))
  }
  return kept.get(half)
}

/** The bytes of a token; null if it was written in another way than ours, so no two say the same. */
function decode(token) {
  const bytes = new Uint8Array(SIZE)
  let bits = 0
  let buffer = 0
  let at = 0
  for (const sign of token) {
    buffer = ((buffer << 5) | BASE32.indexOf(sign)) & 0xfff
    bits += 5
    if (bits >= 8) {
      bits -= 8
      bytes[at++] = buffer >> bits
    }
  }
  return (buffer & ((1 << bits) - 1)) === 0 ? bytes : null
}

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")
