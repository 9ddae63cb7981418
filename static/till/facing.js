// What faces the customer of a sale. Pure. Another sale begins with nothing of the one before.

import { isQuoted } from "./sale.js"

export const NAME = "till-display"

export const IDLE = Object.freeze({
  phase: "idle",
  name: null,
  total: null,
  discount: 0,
  spent: 0,
  to_pay: null,
  earned: 0,
  available: null,
})

/** The name is there only where the customer agreed that a till shows it. */
export function facing(sale) {
  const { phase, card, total } = sale
  if (phase === "open" && card === null && sale.coupons.length === 0 && total === null) return IDLE
  const isOver = phase === "settled"
  const known = isOver ? sale.purchase : isQuoted(sale) && total !== null ? sale.quote : null
  const after = isOver ? known.points.available : undefined
  return {
    phase: isOver ? "settled" : "open",
    name: card?.customer?.name ?? null,
    total: known?.basket_total ?? total,
    discount: known?.discount ?? 0,
    spent: known?.points.spent ?? 0,
    to_pay: known?.to_pay ?? total,
    earned: known?.points.earned ?? 0,
    available: card === null ? null : (after ?? card.points.available),
  }
}

/** The same without anything of a person, for whoever has the address. */
export function nameless({ name, available, ...figures }) {
  return figures
}
