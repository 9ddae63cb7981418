// One coupon, without a line: is it one of ours, does it still count, and what does it give?

import { decide, isGone, offerOf, publicOffer } from "./rules.js"
import { cardName, digest, parse, verify } from "./tokens.js"

const DIGEST = 8 // bytes

/**
 * Answer for a code as the server would, as far as the bundle goes.
 *
 * @param {string} scanned  what was scanned or typed
 * @param {object} bundle  as the server gave it
 * @param {object} sale
 * @param {number|null} sale.total  in minor units
 * @param {number} sale.at  in milliseconds
 * @param {string|null} sale.card  as it was scanned
 * @param {Set<string>} sale.taken  codes of single use that this till has taken without a line
 * @returns {Promise<{code, offer, singleUse, discount, points, toPay} | {code, refused, facts}>}
 */
export async function answer(scanned, bundle, { total, at, card = null, taken = new Set() }) {
  const found = await look(scanned, bundle, { at, card })
  const { code } = found
  if (found.refused) return { code, refused: found.refused, facts: {} }
  if (await gone(bundle, code, found.bound ? card : null))
    return { code, refused: "coupon_gone", facts: {} }
  if (found.singleUse && taken.has(code)) return { code, refused: "coupon_used_up", facts: {} }
  const decided = decide(bundle, found.offer, { total, at, card })
  return { code, offer: found.offer, singleUse: found.singleUse, ...decided }
}

async function look(scanned, bundle, { at, card }) {
  const { code } = parse(scanned)
  const known = publicOffer(bundle, code)
  if (known) return { code, offer: known, singleUse: false, bound: false }
  const token = await verify(scanned, { keys: bundle.keys, now: at, card })
  if (token.refused) return token
  const offer = offerOf(bundle, token.version)
  return offer ? { ...token, offer } : { code, refused: "line_needed" }
}

/** A coupon is gone when it was used up or stopped, or when the card that it is bound to is dead. */
async function gone(bundle, code, card) {
  const names = card === null ? [code] : [code, cardName(card)]
  const digests = await Promise.all(names.map((name) => digest(name, DIGEST)))
  return digests.some((one) => isGone(bundle, one))
}
