// Sales that were taken without a line: sent in order, each under its key, until it is acknowledged.

import { NoAnswer, Problem } from "../api.js"

const LOT = 5 // sales in one request: few enough to see them go
const TRY_AGAIN = [401, 403, 408, 425, 429]
const TOO_OLD = "csrf_failed" // the token of the page: there is a fresh one for the next try

/** Whatever happens, a sale is here or acknowledged; one tab sends at a time. */
export class Queue {
  #store
  #api
  #signedOn
  #tell
  #locks
  #stuck = new Map()

  /**
   * @param {object} given
   * @param {import("./store.js").Store} given.store
   * @param {object} given.api  settle, undo, post: with a line
   * @param {() => Promise<boolean>} given.signedOn  whether somebody is signed on at the server
   * @param {(told: {sent: number, of: number} | null) => void} given.tell  how far it has got
   * @param {LockManager} [given.locks]
   */
  constructor({ store, api, signedOn, tell, locks }) {
    this.#store = store
    this.#api = api
    this.#signedOn = signedOn
    this.#tell = tell
    this.#locks = locks
  }

  /**
   * Send what waits.
   * @returns {Promise<"sent" | "busy" | "signed-off" | "later">} later: some of it is still here
   */
  send() {
    if (!this.#locks) return this.#send()
    return this.#locks.request("till queue", { ifAvailable: true }, (lock) =>
      lock ? this.#send() : "busy",
    )
  }

  async #send() {
    const all = await this.#movable()
    if (all.length === 0) return "sent"
    try {
      if (!(await this.#signedOn())) return "signed-off"
      await this.#sendAll(all.length)
      return "sent"
    } catch (error) {
      if (passes(error)) return "later"
      throw error
    } finally {
      this.#tell(null)
    }
  }

  async #sendAll(of) {
    for (;;) {
      const rest = await this.#movable()
      this.#tell({ sent: Math.max(0, of - rest.length), of })
      if (rest.length === 0) return
      if (rest[0].ask) await this.#askAgain(rest[0])
      else await this.#upload(lot(rest))
    }
  }

  /** What the server cannot take as it is: kept, and tried again when the till is opened anew. */
  get stuck() {
    return [...this.#stuck.values()]
  }

  async #movable() {
    return (await this.#store.waiting()).filter(({ key }) => !this.#stuck.has(key))
  }

  /**
   * A sale that nobody answered when there was a line: the same request first. Only once the
   * server has refused that is it one that was taken without a line.
   */
  async #askAgain(item) {
    try {
      const purchase = await this.#api.settle(item.ask)
      await this.#done(item, { outcome: "settled", ...paid(purchase) })
    } catch (error) {
      if (!(error instanceof Problem) || passes(error)) throw error
      const { key, detail } = { key: item.key, detail: error.detail }
      await this.#store.amend(key, ({ ask: _, ...sale }) => ({ ...sale, refused: detail }))
    }
  }

  async #upload(items) {
    let told
    try {
      const body = { items: items.map(({ body }) => body) }
      told = (await this.#api.post("/purchases/offline", body)).items
    } catch (error) {
      if (!(error instanceof Problem) || passes(error)) throw error
      if (items.length > 1) {
        for (const item of items) await this.#upload([item])
      } else this.#stick(items[0], error)
      return
    }
    let later = false
    for (const item of items) {
      const one = told.find(({ key }) => key === item.body.key)
      if (one?.purchase) await this.#done(item, { ...one, ...paid(one.purchase) })
      else if (one?.outcome === "refused") this.#stick(item, one)
      else later = true
    }
    if (later) throw new NoAnswer("not yet")
  }

  #stick({ key, answer }, { code, detail }) {
    this.#stuck.set(key, { at: answer.at, cost: answer.to_pay, detail: detail || code })
  }

  /** The server has it, and its undo if one was asked for. */
  async #done(item, { purchase, outcome, conflicts = [], due }) {
    const { key, undo } = item
    const told = { key, purchase, outcome, conflicts, due }
    if (undo) told.undo = await this.#undo({ id: purchase, ...undo })
    if (item.refused) told.refused = item.refused
    await this.#store.acknowledge(told, { undone: Boolean(undo) })
  }

  async #undo(undo) {
    try {
      await this.#api.undo(undo)
      return { done: true }
    } catch (error) {
      if (!(error instanceof Problem) || passes(error)) throw error
      return { done: false, detail: error.detail }
    }
  }
}

const paid = ({ id, to_pay: due }) => ({ purchase: id, due })

/** The first few that can go together. */
export function lot(items) {
  const end = items.slice(0, LOT).findIndex((item) => item.ask)
  return items.slice(0, end === -1 ? LOT : end)
}

/** Whether the same request may yet be answered: nothing was decided about it. */
export function passes(error) {
  if (error instanceof NoAnswer) return true
  if (!(error instanceof Problem)) return false
  return error.isUnknown || TRY_AGAIN.includes(error.status) || error.code === TOO_OLD
}

/** What a cashier is told of sales that were sent: how many, and what came of some of them. */
export function summary(sent) {
  const rows = sent.flatMap(({ answer: { at, to_pay: cost }, due, conflicts, undo, refused }) => [
    ...conflicts.map((one) => ({ kind: "conflict", at, ...one })),
    ...(undo && !undo.done ? [{ kind: "not-undone", at, cost, detail: undo.detail }] : []),
    ...(due === cost || conflicts.length > 0
      ? []
      : [{ kind: "differs", at, cost: Math.max(0, due - cost) }]),
    ...(refused ? [{ kind: "refused", at, cost: 0, detail: refused }] : []),
  ])
  const conflicts = sent.filter((one) => one.conflicts.length > 0).length
  const undone = sent.filter(({ undo }) => undo?.done).length
  return { sent: sent.length, conflicts, undone, rows }
}
