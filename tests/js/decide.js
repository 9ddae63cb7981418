// Reads cases as JSON from standard input, and writes what a till without a line decides on each.

import { readFileSync, writeFileSync } from "node:fs"
import { decide } from "../../static/till/offline/rules.js"

const TILL = { most: null, lease: { id: "le_1", until: "2100-01-01T00:00:00Z" } }
const POLICY = { policy: "up_to", value: 10 ** 12 }

const found = JSON.parse(readFileSync(0, "utf8")).map(({ zone, shop, offer, total, at, card }) => {
  const bundle = { ...TILL, zone, shop }
  const sale = { total, at: Date.parse(at), card: card ? "4206117000000009" : null }
  const { refused, discount, points } = decide(bundle, { ...offer, policy: POLICY }, sale)
  return refused ? { refused } : { discount, points }
})
writeFileSync(1, JSON.stringify(found))
