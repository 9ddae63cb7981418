// The rules for the time without a line, as the server told them last, and how long they hold.

const ADDRESS = "/api/v1/offline/bundle"
const PATIENCE = 8000 // ms

export class Rulebook {
  #store
  #fetch
  #heard = null

  constructor({ store, fetch }) {
    this.#store = store
    this.#fetch = fetch
  }

  async load() {
    this.#heard = (await this.#store.kept("rules")) ?? null
  }

  /** The bundle with its lease, or null where the server was never heard. */
  get bundle() {
    return this.#heard?.bundle ?? null
  }

  /** How old the rules are, in milliseconds. */
  get age() {
    return this.#heard ? Math.max(0, Date.now() - this.#heard.at) : null
  }

  /** The time as the server has it: the clock of a device may be wrong. */
  now() {
    return Date.now() + (this.#heard?.ahead ?? 0)
  }

  /** When coupons are not taken any more without a line, in milliseconds; null if they never are. */
  get until() {
    return this.bundle?.lease ? Date.parse(this.bundle.lease.until) : null
  }

  get isOver() {
    return this.until === null || this.now() >= this.until
  }

  /** Ask for them again; what has not changed is not sent again. */
  async refresh() {
    const at = Date.now()
    const headers = { Accept: "application/json" }
    if (this.#heard?.tag) headers["If-None-Match"] = this.#heard.tag
    const answer = await this.#fetch(ADDRESS, {
      headers,
      credentials: "same-origin",
      redirect: "error",
      signal: AbortSignal.timeout(PATIENCE),
    })
    const heard = await this.#read(answer)
    if (!heard) return
    this.#heard = { ...heard, at }
    await this.#store.keep("rules", this.#heard)
    await this.#store.unuse(at)
  }

  async #read(answer) {
    if (answer.status === 304 && this.#heard) {
      const [id, until] = ["Lease-Id", "Lease-Until"].map((name) => answer.headers.get(name))
      const lease = id ? { id, until } : null
      return { ...this.#heard, bundle: { ...this.#heard.bundle, lease } }
    }
    if (!answer.ok) return null
    const bundle = await answer.json()
    const ahead = Date.parse(bundle.issued_at) - Date.now()
    return { bundle, ahead, tag: answer.headers.get("ETag") }
  }
}
