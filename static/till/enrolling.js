// A new customer: a blank card is handed out by scanning it, or the customer joins on their own phone.

import { newKey, Problem } from "./api.js"
import { fill, get, show, text } from "./page.js"
import { plain } from "./sale.js"
import { grouped } from "./view.js"

export function start(hub) {
  const handing = new Handing(hub)
  hub.reads("blank_card", (_, { card }) => handing.offer(card.number))
  hub.reads("referral", (code) => handing.befriend(code))
  hub.on("next", () => handing.befriend(null))
  listenForJoin(hub)
}

/** One blank card that may be handed out, and the friend who sent the customer. */
class Handing {
  #hub
  #dialog = get("hand-out")
  #number = null
  #friend = null
  #key = null
  #keyOf = null
  #unsure = null
  #letGo = () => {}

  constructor(hub) {
    this.#hub = hub
    get("hand-out-form").addEventListener("submit", (event) => {
      event.preventDefault()
      this.#handOut()
    })
    get("hand-out-cancel").addEventListener("click", () => this.#dialog.close())
    get("hand-out-alone").addEventListener("click", () => this.befriend(null))
    this.#dialog.addEventListener("close", () => {
      this.#letGo()
      this.#number = null
      hub.rest()
    })
  }

  offer(number) {
    this.#number = number
    this.#show("")
    if (this.#dialog.open) return
    this.#hub.say("")
    this.#letGo = this.#hub.intercept((code) => {
      this.#look(code)
      return true
    })
    this.#dialog.showModal()
  }

  /** A friend's code is kept for the card that is handed out next, whichever comes first. */
  befriend(code) {
    this.#friend = code
    if (this.#dialog.open) this.#show("")
    else if (code !== null) this.#hub.tell("friend-kept")
  }

  /** What is scanned meanwhile: another card, a friend's code, or something of a sale. */
  async #look(code) {
    const hub = this.#hub
    hub.emit("forget")
    hub.play("scan")
    try {
      const answer = await hub.api.scan(code)
      const read = hub.reader(answer.kind)
      if (!["blank_card", "referral"].includes(answer.kind)) this.#dialog.close()
      read?.(code, answer)
    } catch (error) {
      this.#complain(error)
    }
  }

  async #handOut() {
    const hub = this.#hub
    const [number, form] = [this.#number, get("hand-out-form")]
    const body = { card: number }
    if (this.#friend) body.referral_code = this.#friend
    form.inert = true
    try {
      await this.#ask(body)
      const answer = await hub.api.scan(number)
      this.#friend = null
      this.#dialog.close()
      hub.reader(answer.kind)(number, answer)
      hub.say(text("handed-out", { number: grouped(number) }), "good")
      hub.play("good")
    } catch (error) {
      this.#complain(error)
    } finally {
      form.inert = false
      if (this.#dialog.open) get("hand-out-do").focus()
    }
  }

  /** Once an answer was lost, a card that is handed out already was so by this till: it is in hand. */
  async #ask(body) {
    try {
      await this.#hub.api.post("/customers", body, { key: this.#key })
    } catch (error) {
      const isOurs = error.code === "card_taken" && this.#unsure === body.card
      if (!(error instanceof Problem) || error.isUnknown) this.#unsure = body.card
      if (!isOurs) throw error
    }
    this.#unsure = body.card
  }

  #complain(error) {
    this.#show(this.#hub.sentence(error))
    this.#hub.play("bad")
  }

  /** What is shown is what is asked for: another card or friend is another request, and only that. */
  #show(wrong) {
    const shown = `${this.#number} ${this.#friend}`
    if (shown !== this.#keyOf) this.#key = newKey()
    this.#keyOf = shown
    fill(this.#dialog, "number", grouped(this.#number ?? ""))
    show(this.#dialog, "friend", this.#friend !== null)
    fill(this.#dialog, "friend", this.#friend === null ? "" : ending(this.#friend))
    show(this.#dialog, "wrong", wrong !== "")
    fill(this.#dialog, "wrong", wrong)
  }
}

const ending = (code) => `…${plain(code).slice(-4)}`

/** The way to a card on the customer's own phone; whatever is scanned then is the new card. */
function listenForJoin(hub) {
  const dialog = get("join-dialog")
  get("join").addEventListener("click", () => {
    const picture = get("join-picture")
    picture.src = picture.dataset.src
    dialog.showModal()
  })
  dialog.addEventListener("close", () => hub.rest())
}
