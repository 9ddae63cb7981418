// What a cashier sees of the line: one bar, the way on without it, and what came of it afterwards.

import { copy, fill, get, show, text } from "../page.js"
import { money } from "../view.js"

const TIME = new Intl.DateTimeFormat(document.body.dataset.locale, { timeStyle: "short" })
const UNITS = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
]

/**
 * @param {object} told
 * @param {"up" | "shaky" | "down"} told.state
 * @param {number} told.waiting  sales that wait to be sent
 * @param {{sent: number, of: number} | null} told.progress
 * @param {boolean} told.signedOff
 * @param {{age: number | null, isOver: boolean}} told.rules
 * @param {boolean} told.verifies  whether this browser can check a signature
 */
export function showLine({ state, waiting, progress, signedOff, rules, verifies }) {
  const part = get("line")
  part.dataset.state = state
  document.body.classList.toggle("till-down", state === "down")
  fill(part, "state", text(`line-${state}`))
  fill(part, "detail", state === "up" ? "" : text(`line-${state}-detail`))
  fill(part, "waiting", waitingFor({ waiting, progress }))
  fill(part, "rules", verifies ? rulesSay(rules) : text("offline-offline_unsupported"))
  part.toggleAttribute("data-over", rules.isOver || !verifies)
  show(part, "go-on", state === "shaky")
  show(part, "sign-on", signedOff && waiting > 0)
}

function waitingFor({ waiting, progress }) {
  if (progress) return text("line-sending", progress)
  return waiting > 0 ? text(waiting === 1 ? "line-waits" : "line-wait", { count: waiting }) : ""
}

function rulesSay({ age, isOver }) {
  if (age === null) return text("rules-none")
  return isOver ? text("rules-over") : text("rules-age", { age: duration(age) })
}

function duration(milliseconds) {
  const [unit, size] = UNITS.find(([, one]) => milliseconds >= one) ?? UNITS.at(-1)
  const form = { style: "unit", unit, unitDisplay: "short" }
  return new Intl.NumberFormat(document.body.dataset.locale, form).format(
    Math.floor(milliseconds / size),
  )
}

/**
 * What came of the sales that were sent, and what could not be: a word beside the line, or where
 * somebody has to see it a list, which comes into view and leaves the cashier's keys where they are.
 */
export function showSummary({ sent, conflicts, undone, rows }, stuck) {
  const all = [...rows, ...stuck.map((one) => ({ kind: "stuck", ...one }))]
  const title = text("synced", { sent, conflicts })
  const undoneToo = undone > 0 ? text("synced-undone", { count: undone }) : ""
  const wentWell = sent > 0 && all.length === 0
  fill(get("line"), "sent", wentWell ? [title, undoneToo].filter(Boolean).join(" · ") : "")

  const part = get("synced")
  const list = get("synced-rows")
  const isNews = all.length > list.childElementCount
  part.hidden = all.length === 0
  fill(part, "title", title)
  fill(part, "undone", undoneToo)
  list.replaceChildren(...all.map(row))
  if (isNews) part.scrollIntoView({ block: "nearest" })
}

function row({ kind, at, coupon, detail, cost }) {
  const item = copy("synced-row")
  fill(item, "kind", text(`synced-${kind}`))
  fill(item, "what", [TIME.format(new Date(at)), coupon].filter(Boolean).join(" · "))
  fill(item, "detail", detail)
  fill(item, "cost", cost > 0 ? text("synced-cost", { amount: money(cost) }) : "")
  return item
}
