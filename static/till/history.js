// The last sales of this till: undo one, give some of it back, print its slip.

import { newKey, Problem } from "./api.js"
import { parse } from "./money.js"
import { copy, figure, fill, get, show, text, write } from "./page.js"
import { money, number, plainAmount } from "./view.js"

const TYPING = 250 // ms without a key before it is asked what would come back

export function start(hub) {
  const dialog = get("history-dialog")
  const give = new Give(hub, { dialog, trying, done: () => open(sale.id) })
  const time = clock(hub.settings.locale)
  let sale = null
  let undoKey = null

  function complain(sentence) {
    show(dialog, "error", sentence !== "")
    fill(dialog, "error", sentence)
    if (sentence) hub.play("bad")
  }

  async function list() {
    view("list")
    const { items } = await hub.api.get("/till/purchases")
    show(dialog, "none", items.length === 0)
    get("history-list").replaceChildren(...items.map((one) => row(one, time)))
  }

  async function open(id) {
    sale = await hub.api.get(`/till/purchases/${id}`)
    undoKey = newKey()
    view("one")
    const part = dialog.querySelector("[data-part=one]")
    describe(part, sale, time)
    const isOver = Boolean(sale.voided_at) || (sale.refunded > 0 && sale.left.worth === 0)
    get("history-undo").hidden = isOver
    get("history-give").hidden = isOver || sale.left.worth === 0
    give.begin(sale)
    get("history-sale").focus()
  }

  function view(name) {
    complain("")
    show(dialog, "list", name === "list")
    show(dialog, "one", name === "one")
    show(dialog, "done", false)
    fold("give-form", "history-give", false)
    fold("undo-form", "history-undo", false)
  }

  async function undo(reason) {
    const wanted = { id: sale.id, key: undoKey, reason }
    try {
      await hub.approved((approval) => hub.api.undo({ ...wanted, approval }))
    } catch (error) {
      if (error instanceof Problem && !error.isUnknown) undoKey = newKey()
      throw error
    }
    hub.emit("undone", sale.id)
    hub.play("good")
    await open(sale.id)
  }

  /** What fails is told in the dialog. */
  async function trying(work) {
    complain("")
    try {
      await work()
    } catch (error) {
      complain(hub.sentence(error))
    }
  }

  let end = () => null
  get("history").addEventListener("click", () => {
    end = hub.intercept(() => {
      complain(text("history-scanned")) // a scan is for the sale, which cannot be seen now
      hub.emit("forget")
      return true
    })
    dialog.showModal()
    trying(list)
  })
  dialog.addEventListener("close", () => end())
  get("history-back").addEventListener("click", () => trying(list))
  get("history-list").addEventListener("click", ({ target }) => {
    const button = target.closest("button")
    if (button) trying(() => open(button.value))
  })
  get("history-slip").addEventListener("click", () => print(sale.id))
  for (const [button, form] of [
    ["history-give", "give-form"],
    ["history-undo", "undo-form"],
  ]) {
    get(button).addEventListener("click", () => {
      const wanted = get(form).hidden
      fold("give-form", "history-give", false)
      fold("undo-form", "history-undo", false)
      fold(form, button, wanted)
      if (wanted) get(form).querySelector("input").focus()
    })
  }
  get("undo-form").addEventListener("submit", (event) => {
    event.preventDefault()
    const { value } = event.target.querySelector("[name=reason]:checked")
    trying(() => undo(value))
  })
  listenForLast(hub)
}

/** Some of a sale is given back: what comes back is shown before it is done. */
class Give {
  #hub
  #dialog
  #trying
  #done
  #form = get("give-form")
  #sale = null
  #key = null
  #foreseen = null
  #allowed
  #timer = null

  constructor(hub, { dialog, trying, done }) {
    this.#hub = hub
    this.#dialog = dialog
    this.#trying = trying
    this.#done = done
    this.#form.addEventListener("input", () => this.#look())
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault()
      if (this.#foreseen) this.#trying(() => this.#give())
    })
  }

  begin(sale) {
    this.#sale = sale
    this.#form.reset()
    const lines = sale.lines.filter(({ left }) => left > 0)
    show(this.#form, "lines", lines.length > 0)
    get("give-lines").replaceChildren(...lines.map(lineRow))
    fill(this.#form, "left", text("give-left", { amount: money(sale.left.worth) }))
    get("give-amount").value = plainAmount(sale.left.worth)
    this.#look()
  }

  /** What is wanted, as the server is told; null where it cannot be understood. */
  #wanted() {
    const line = this.#form.querySelector("[name=line]:checked")?.value ?? ""
    if (line !== "") return { lines: [{ line: Number(line) }] }
    const amount = parse(get("give-amount").value, Number(this.#hub.settings.exponent))
    return amount > 0 ? { amount } : null
  }

  #look() {
    const wanted = this.#wanted()
    show(this.#form, "amount", wanted === null || "amount" in wanted)
    this.#foresee(null)
    clearTimeout(this.#timer)
    if (wanted && !this.#form.hidden) {
      this.#timer = setTimeout(() => this.#trying(() => this.#ask(wanted)), TYPING)
    }
  }

  async #ask(wanted) {
    const path = `/purchases/${this.#sale.id}/refunds/preview`
    const told = await this.#hub.approved((approval) => this.#post(path, wanted, { approval }))
    if (JSON.stringify(wanted) === JSON.stringify(this.#wanted())) {
      this.#foresee({ ...told, wanted })
    }
  }

  #foresee(told) {
    this.#foreseen = told
    this.#key = newKey()
    const button = get("give-back")
    button.disabled = told === null
    show(this.#form, "foreseen", told !== null)
    if (told === null) return
    write(button, text("give-back", { amount: money(told.money) }))
    fill(this.#form, "money", money(told.money))
    figure(this.#form, "points-back", number(told.points_back), told.points_back > 0)
    figure(this.#form, "points-claimed", number(told.points_claimed), told.points_claimed > 0)
  }

  /** What was approved for a look is good for the next look, and for what is given back then. */
  #post(path, body, { key, approval = this.#allowed }) {
    this.#allowed = approval
    return this.#hub.api.post(path, body, { key, approval })
  }

  async #give() {
    const { wanted } = this.#foreseen
    const { value: reason } = this.#form.querySelector("[name=reason]:checked")
    const path = `/purchases/${this.#sale.id}/refunds`
    const key = this.#key
    const done = await this.#hub.approved((approval) =>
      this.#post(path, { ...wanted, reason }, { key, approval }),
    )
    this.#hub.play("good")
    await this.#done()
    show(this.#dialog, "done", true)
    fill(this.#dialog, "done", text("gave-back", { amount: money(done.money) }))
  }
}

function fold(form, button, shown) {
  get(form).hidden = !shown
  get(button).setAttribute("aria-expanded", String(shown))
  if (shown) get(form).dispatchEvent(new Event("input"))
}

function row(one, time) {
  const item = copy("history-row")
  item.querySelector("button").value = one.id
  describe(item, one, time)
  return item
}

function describe(part, one, time) {
  fill(part, "time", time(one.occurred_at))
  fill(part, "to-pay", money(one.to_pay))
  const off = one.discount > 0 ? text("history-discount", { amount: money(one.discount) }) : ""
  fill(part, "about", [one.receipt, off].filter(Boolean).join(" · "))
  fill(part, "state", state(one))
}

function state(one) {
  if (one.voided_at) return text("history-undone")
  if (one.refunded > 0) return text("history-refunded", { amount: money(one.refunded) })
  return one.offline ? text("history-offline") : ""
}

function lineRow({ line, sku, category, left }) {
  const item = copy("give-line")
  item.querySelector("input").value = line
  const name = sku ?? category ?? text("give-line-nameless", { number: line + 1 })
  fill(item, "line", text("give-line", { name, amount: money(left) }))
  return item
}

/** The hour of today, and the day of what was before. */
function clock(locale) {
  const hour = new Intl.DateTimeFormat(locale, { timeStyle: "short" })
  const day = new Intl.DateTimeFormat(locale, { dateStyle: "short", timeStyle: "short" })
  return (instant) => {
    const at = new Date(instant)
    return (at.toDateString() === new Date().toDateString() ? hour : day).format(at)
  }
}

/** Right after a sale its slip is one tap away. */
function listenForLast(hub) {
  get("last-slip").addEventListener("click", () => print(hub.kept.get("last").id))
}

function print(id) {
  const form = get("slip-form")
  form.action = `/till/purchases/${encodeURIComponent(id)}/slip`
  form.submit()
}
