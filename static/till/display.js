// Tells the display for the customer what it shows: a second window at once, a phone each second.

import { facing, IDLE, NAME, nameless } from "./facing.js"
import { fill, get, show } from "./page.js"

const PAUSE = 1000 // ms between two things that a phone is told

export function start(hub) {
  const window_ = new BroadcastChannel(NAME)
  const phone = new Phone(hub)
  const tell = () => window_.postMessage({ facing: facing(hub.sale) })

  window_.addEventListener("message", ({ data }) => data.hello && tell())
  window.addEventListener("pagehide", () => window_.postMessage({ facing: IDLE }))
  hub.on("change", () => {
    tell()
    phone.tellSoon()
  })
  tell()
  phone.tellSoon()
  listen(hub, phone)
}

class Phone {
  #hub
  #said = ""
  #timer = null

  constructor(hub) {
    this.#hub = hub
  }

  get isPaired() {
    return this.#hub.preferences.get("display") === true
  }

  paired(is) {
    this.#hub.preferences.put("display", is || null)
    this.#said = ""
    this.tellSoon()
  }

  /** What changes often is told once a second, as it is then. */
  tellSoon() {
    if (this.isPaired) this.#timer ??= setTimeout(() => this.#tell(), PAUSE)
  }

  async #tell() {
    this.#timer = null
    const body = nameless(facing(this.#hub.sale))
    const said = JSON.stringify(body)
    if (said === this.#said) return
    this.#said = said
    try {
      await this.#hub.api.post("/till/display", body, { method: "PUT" })
    } catch (error) {
      if (error.status === 404) this.paired(false)
      this.#said = ""
    }
  }
}

function listen(hub, phone) {
  const dialog = get("display-dialog")

  function look() {
    show(dialog, "pairing", false)
    get("display-unpair").hidden = !phone.isPaired
    complain("")
  }

  function complain(sentence) {
    show(dialog, "error", sentence !== "")
    fill(dialog, "error", sentence)
  }

  async function trying(work) {
    complain("")
    try {
      await work()
    } catch (error) {
      complain(hub.sentence(error))
    }
  }

  async function pair() {
    const { picture } = await hub.api.post("/till/display", {})
    phone.paired(true)
    look()
    get("display-picture").src = picture
    show(dialog, "pairing", true)
  }

  async function unpair() {
    await hub.api.post("/till/display", undefined, { method: "DELETE" })
    phone.paired(false)
    look()
    get("display-pair").focus()
  }

  get("display").addEventListener("click", () => {
    look()
    dialog.showModal()
  })
  get("display-pair").addEventListener("click", () => trying(pair))
  get("display-unpair").addEventListener("click", () => trying(unpair))
}
