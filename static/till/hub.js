// The one sale of this till, and what its parts share. A part knows the hub, and no other part.

import { NoAnswer, Problem } from "./api.js"
import { get, text, withAdvice } from "./page.js"
import { EMPTY } from "./sale.js"

/**
 * Events, by `on` and `emit`:
 *   change   {sale, before}   the sale is another value now
 *   settled  purchase         the server, or the till without a line, has taken it
 *   undone   id               a sale was undone from the list of sales
 *   next                      a new sale begins
 *   scanned  {kind}           something was read and understood
 *   timed    {kind, ms}       something took so long: start, decode or answer
 *   forget                    what was scanned may be scanned again at once
 */
export class Hub {
  /** scan, quote, settle, undo, post, get: with a line or without one, as offline.js has it. */
  api = null

  #events = new Map()
  #interceptors = []
  #readers = new Map()
  #takers = () => {}

  /** Which sale of this page this is: what was asked for an older one is nothing to this one. */
  number = 0

  /**
   * @param {object} given
   * @param {object} given.kept     what survives a reload of this tab
   * @param {object} given.preferences  what survives on this device
   * @param {(name: string) => void} given.play  makes a sound
   */
  constructor({ kept, preferences, play, settings }) {
    Object.assign(this, { kept, preferences, play, settings })
    this.sale = { ...(kept.get("sale") ?? EMPTY), unclear: [] }
  }

  on(name, hear) {
    this.#events.set(name, [...(this.#events.get(name) ?? []), hear])
  }

  emit(name, detail) {
    for (const hear of this.#events.get(name) ?? []) hear(detail)
  }

  /** The one way to another sale. */
  become(next) {
    if (next === this.sale) return
    const before = this.sale
    this.sale = next
    this.kept.put("sale", next)
    this.emit("change", { sale: next, before })
  }

  /** Begin a new sale. */
  next() {
    this.number += 1
    this.become({ ...EMPTY, revision: this.sale.revision + 1 })
    this.emit("next")
  }

  /** Put the cashier's next key where scans and codes go. */
  rest() {
    get("code").focus()
  }

  // scans

  /** Take a code as it was read or typed, whoever read it. */
  take(code) {
    this.unveil()
    if (this.#interceptors.some((wants) => wants(code))) return
    this.#takers(code)
  }

  /** Nothing of a scan happens behind a dialog: the one that is open goes, if it can wait. */
  unveil() {
    for (const open of document.querySelectorAll("dialog[open][data-yields]")) open.close()
  }

  /** The part that looks codes up. */
  taken(take) {
    this.#takers = take
  }

  /**
   * See every code first: who returns true keeps it. The latest is asked first.
   * @returns {() => void} ends it
   */
  intercept(wants) {
    this.#interceptors.unshift(wants)
    return () => {
      this.#interceptors = this.#interceptors.filter((other) => other !== wants)
    }
  }

  /** Say what is done with a kind of thing: it is given the code and what the server said of it. */
  reads(kind, read) {
    this.#readers.set(kind, read)
  }

  /** The way to do something with what was read, or undefined for what is not for a till. */
  reader(kind) {
    return this.#readers.get(kind)
  }

  // asking

  /** A second person allows something: a token, or null where nobody did. */
  approve = async () => null

  /**
   * Act; if that needs somebody's approval, ask for it and act once more. It may need several.
   * @param {(approval?: string) => Promise<object>} act
   */
  async approved(act, given = {}) {
    try {
      return await act(Object.values(given).join(",") || undefined)
    } catch (error) {
      const action = error instanceof Problem && error.facts?.action
      if (!action || action in given) throw error
      const approval = await this.approve({ ...error.facts, detail: error.detail })
      if (!approval) throw error
      return this.approved(act, { ...given, [action]: approval })
    }
  }

  /** Tell the server something that may be lost, also while the page is being closed. */
  beacon(path, body) {
    const headers = { "Content-Type": "application/json", "X-CSRFToken": this.csrfToken() }
    const options = { method: "POST", headers, body: JSON.stringify(body), keepalive: true }
    fetch(path, options).catch(() => null)
  }

  /** The token of this page's forms. */
  csrfToken() {
    return document.querySelector("meta[name=csrf-token]").content
  }

  // saying

  /** Say a sentence of the templates, with a sound where it is bad. */
  tell(name, tone, values) {
    this.say(text(name, values), tone)
    if (tone === "bad") this.play("bad")
  }

  /** Say what has just happened, for the eye and for the ear. */
  say(sentence, tone = "") {
    const place = get("say")
    get("said").removeAttribute("data-refused")
    place.role = "status"
    place.dataset.tone = tone
    if (place.textContent !== sentence) place.textContent = sentence
  }

  /** What was scanned is refused: as large as an answer, and in sight, until the cashier goes on. */
  refuse(sentence) {
    this.unveil()
    this.say("", "bad")
    get("said").setAttribute("data-refused", "")
    get("say").role = "alert"
    get("say").textContent = sentence
    get("said").scrollIntoView({ block: "nearest" })
    this.play("bad")
  }

  /** What an error is to a cashier, in a sentence. */
  sentence(error) {
    if (error instanceof NoAnswer) return text("no-line")
    if (!(error instanceof Problem)) throw error
    if (error.status === 401) return text("signed-off")
    if (error.isUnknown) return text("server-failed")
    return error.detail ? withAdvice(error.code, error.detail) : text("refused")
  }

  problem(error) {
    return {
      status: error.status ?? 0,
      code: error.code ?? "",
      detail: this.sentence(error),
    }
  }
}
