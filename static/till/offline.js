// The till without a line: what it sells then is kept on this device, and sent when the line is back.

import { makeApi, makeSender, NoAnswer } from "./api.js"
import { either, Line, watched } from "./offline/line.js"
import { Local } from "./offline/local.js"
import { Queue, summary } from "./offline/queue.js"
import { Rulebook } from "./offline/rulebook.js"
import * as screen from "./offline/screen.js"
import { hear } from "./offline/session.js"
import { Store } from "./offline/store.js"
import { parse, supported } from "./offline/tokens.js"
import { get, text } from "./page.js"
import * as sales from "./sale.js"
import { money, showSpend } from "./view.js"

const REFRESH = 4 * 60_000 // ms between two looks at the rules
const SEND = 20_000 // ms between two tries to send what waits
const OURS = "offline:" // how the id of a sale begins that was taken without a line
const NOTHING = { keys: [], isBad: false } // was told of sales that were sent

export function start(hub) {
  new Till(hub).start()
}

const isEmpty = ({ card, coupons, total }) =>
  card === null && coupons.length === 0 && total === null

/** One page of the till. */
class Till {
  #hub
  #store = new Store()
  #line
  #rules
  #local
  #online
  #queue
  #channel = new BroadcastChannel("till")
  #waiting = 0
  #progress = null
  #told = NOTHING
  #asked
  #signedOff = false
  #verifies = true
  #failed = null
  #ready

  constructor(hub) {
    this.#hub = hub
    const before = hub.sale.attempt?.key ?? null // a reload: the server may have heard it
    this.#asked = before === hub.kept.get("unasked") ? null : before
    const fetch = window.fetch.bind(window)
    this.#line = new Line({
      look: async () => (await this.#hear(fetch)) !== null,
      changed: (state, before) => this.#moved(state, before),
      down: hub.preferences.get("down") ?? false,
    })
    const seen = watched(fetch, this.#line)
    const csrfToken = () => hub.csrfToken()
    this.#online = makeApi(makeSender({ fetch: seen, csrfToken }))
    this.#rules = new Rulebook({ store: this.#store, fetch })
    this.#local = new Local({
      store: this.#store,
      rules: this.#rules,
      text,
      cashier: () => hub.settings.cashier || null,
      money,
    })
    this.#queue = new Queue({
      store: this.#store,
      api: this.#online,
      signedOn: async () => Boolean((await this.#hear(fetch))?.cashier),
      tell: (progress) => {
        this.#progress = progress
        this.#recount()
      },
      locks: navigator.locks,
    })
  }

  start() {
    const hub = this.#hub
    hub.api = this.#api()
    this.#ready = this.#load()
    this.#listen()
    this.#show()
    this.#ready.then(async () => {
      await this.#recount()
      await this.#line.look()
      if (this.#line.state === "up") await this.#catchUp()
    })
    setInterval(() => this.#show(), 30_000)
    setInterval(() => this.#line.isDown || this.#refresh(), REFRESH)
    setInterval(() => this.#waiting > 0 && this.#send(), SEND)
    navigator.storage?.persist?.().catch(() => null)
  }

  async #load() {
    this.#verifies = await supported()
    await this.#rules.load()
  }

  // the four questions

  #api() {
    const needsLine = async () => {
      throw new NoAnswer("no line")
    }
    const online = this.#online
    return {
      scan: (code) => this.#scan(code),
      quote: (body) =>
        this.#either(
          () => online.quote(body),
          () => this.#local.quote(body),
        ),
      settle: (attempt) => this.#settle(attempt),
      undo: (undo) => this.#undo(undo),
      post: (...given) => (this.#line.isDown ? needsLine() : online.post(...given)),
      get: (...given) => (this.#line.isDown ? needsLine() : online.get(...given)),
    }
  }

  #either(there, here) {
    return either(this.#line, there, () => this.#ready.then(here))
  }

  async #scan(code) {
    const card = () => this.#hub.sale.card?.number ?? null
    try {
      return await this.#either(
        () => this.#online.scan(code),
        () => this.#local.scan(code, card()),
      )
    } catch (error) {
      this.#failed = error instanceof NoAnswer ? code : null
      throw error
    }
  }

  /**
   * A sale that was taken here stays what it is. One that the server was asked for and has not
   * answered is kept with the request, so that it cannot become a second one.
   */
  async #settle(attempt) {
    const hub = this.#hub
    const found = await this.#store.find(attempt.key).catch(() => null)
    if (found) return found.answer
    const isNew = attempt.key !== this.#asked
    let isTaken = false
    return this.#either(
      async () => {
        if (isNew && !navigator.onLine) await this.#beforeAsking(attempt)
        if (isTaken) throw new NoAnswer("no line")
        hub.kept.put("unasked", null)
        this.#asked = attempt.key
        return this.#online.settle(attempt)
      },
      () => {
        if (attempt.key === this.#asked) return this.#local.park(attempt, hub.sale)
        isTaken = true
        return this.#local.settle(attempt)
      },
    )
  }

  /**
   * A device without a network asks nobody: what would be settled stays a new sale, which goes by
   * the rules for the time without a line.
   */
  async #beforeAsking({ key }) {
    this.#hub.kept.put("unasked", key)
    if (await this.#hear(window.fetch.bind(window))) return
    this.#line.failed()
    throw new NoAnswer("no line")
  }

  async #undo({ id, reason, key, approval }) {
    if (!id.startsWith(OURS))
      return this.#withLine(() => this.#online.undo({ id, reason, key, approval }))
    const sale = id.slice(OURS.length)
    if (await this.#local.undo(sale, { reason, key })) return {}
    const { purchase } = await this.#store.find(sale)
    return this.#withLine(() => this.#online.undo({ id: purchase, reason, key, approval }))
  }

  #withLine(act) {
    if (this.#line.isDown) throw new NoAnswer("no line")
    return act()
  }

  // going and coming

  #moved(state, before) {
    this.#hub.preferences.put("down", state === "down" || null)
    this.#show()
    if (state === "down") this.#gone()
    else if (state === "up") this.#back(before)
  }

  /** One tap, and what the cashier was at goes on. */
  #gone() {
    const hub = this.#hub
    hub.say("")
    if (hub.sale.phase === "unknown") get("again").click()
    if (hub.sale.phase !== "open") return
    hub.become({ ...sales.withSpend(hub.sale, 0), revision: hub.sale.revision + 1, problem: null })
    showSpend(hub.sale)
    const code = this.#failed
    this.#failed = null
    if (code) hub.take(code)
  }

  /** Sales go on as ever; what was read without a line is looked up, and what waits is sent. */
  async #back(before) {
    const hub = this.#hub
    if (before === "down") {
      hub.play("good")
      await this.#lookUpAgain().catch(() => null)
    }
    await this.#catchUp()
  }

  async #lookUpAgain() {
    const hub = this.#hub
    if (hub.sale.phase !== "open") return
    hub.become({ ...hub.sale, revision: hub.sale.revision + 1 })
    const { card } = hub.sale
    if (card === null || card.points.available !== null) return
    const found = await this.#online.scan(card.number)
    if (hub.sale.card?.number !== card.number || found.kind !== "card") return
    hub.become(sales.scanned(hub.sale, card.number, found))
    showSpend(hub.sale)
  }

  async #catchUp() {
    await this.#send()
    await this.#refresh()
  }

  async #send() {
    if (this.#line.state !== "up") return
    await this.#queue.send()
    await this.#recount()
    this.#channel.postMessage("sent")
  }

  async #refresh() {
    await this.#rules.refresh().catch(() => null)
    this.#show()
  }

  async #hear(fetch) {
    const heard = await hear(fetch)
    if (heard === null) return null
    this.#signedOff = heard.cashier === null
    this.#show()
    return heard
  }

  // showing

  async #recount() {
    const waiting = await this.#store.waiting().catch(() => [])
    this.#waiting = waiting.length
    this.#show()
    if (this.#progress) return
    const sent = await this.#store.unseen().catch(() => [])
    const told = summary(sent)
    this.#told = { keys: sent.map(({ key }) => key), isBad: told.rows.length > 0 }
    screen.showSummary(told, this.#queue.stuck)
  }

  /** Somebody has seen what came of the sales that were sent. */
  async #see() {
    const { keys } = this.#told
    this.#told = NOTHING
    await this.#store.see(keys)
    await this.#recount()
    this.#channel.postMessage("seen")
  }

  /** What went well is not said any more once another sale begins. */
  #begun() {
    if (this.#told.keys.length > 0 && !this.#told.isBad) this.#see()
  }

  #show() {
    screen.showLine({
      state: this.#line.state,
      waiting: this.#waiting,
      progress: this.#progress,
      signedOff: this.#signedOff,
      rules: this.#rules,
      verifies: this.#verifies,
    })
  }

  #listen() {
    const hub = this.#hub
    get("go-on").addEventListener("click", () => this.#line.goOn())
    get("synced-seen").addEventListener("click", async () => {
      await this.#see()
      hub.rest()
    })
    hub.on("next", () => this.#begun())
    hub.on("change", ({ sale, before }) => isEmpty(before) && !isEmpty(sale) && this.#begun())
    this.#channel.addEventListener("message", () => this.#recount())
    for (const name of ["online", "offline"]) addEventListener(name, () => this.#line.look())
    hub.on("next", () => {
      this.#failed = null // it was for the sale before
    })
    hub.on("settled", (purchase) => {
      if (purchase.offline) {
        this.#recount()
        this.#channel.postMessage("taken")
      } else this.#use(hub.sale.coupons)
    })
    document.addEventListener("submit", (event) => this.#beforeSignOff(event), true)
  }

  /** What was used with a line may be shown again without one, before the rules say that it is. */
  #use(coupons) {
    const codes = coupons.map(({ code }) => parse(code).code)
    this.#store.use(codes, Date.now()).catch(() => null)
  }

  /** Nobody signs off by mistake while sales wait, and nobody where nobody could sign on again. */
  #beforeSignOff(event) {
    const form = event.target
    const free = this.#waiting === 0 && this.#line.state === "up"
    if (!form.matches(".till-who") || free) return
    event.preventDefault()
    event.stopImmediatePropagation()
    const dialog = get("sign-off-dialog")
    const up = this.#line.state === "up"
    dialog.querySelector("[data-part=queue]").hidden = !up
    dialog.querySelector("[data-part=no-line]").hidden = up
    dialog.querySelector("[value=off]").hidden = !up
    dialog.returnValue = ""
    dialog.onclose = () => {
      if (dialog.returnValue !== "off") return
      this.#hub.kept.put("sale", null)
      this.#hub.kept.put("last", null)
      form.submit()
    }
    dialog.showModal()
  }
}
