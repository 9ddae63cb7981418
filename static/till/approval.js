// A second person allows what a cashier does not do alone: by their PIN, or by a badge.

import { Problem } from "./api.js"
import { listen } from "./keypad.js"
import { copy, fill, get, show, text } from "./page.js"
import { plain } from "./sale.js"
import { money } from "./view.js"

const BADGE = /^BADGE[0-9A-Z]{26}$/
const ON_PHONE = /\.[0-9A-Z]{8}$/ // how the changing picture of a card ends

export function start(hub) {
  const dialog = get("approval")
  const form = get("approval-form")
  const pin = get("approval-pin")
  let asked = null
  let token = null
  let card = null

  listen(form)
  form.addEventListener("submit", (event) => {
    event.preventDefault()
    const staff = form.querySelector("[name=staff]:checked")?.value
    if (!staff) say(text("approval-who"))
    else if (pin.value === "") say(text("approval-pin-missing"))
    else give({ staff, pin: pin.value })
  })
  get("approval-cancel").addEventListener("click", () => dialog.close())

  /** @returns {Promise<string | null>} the token of the approval; null where nobody gave it */
  hub.approve = ({ action, subject, amount }) =>
    new Promise((answer) => {
      asked = { action, subject }
      token = null
      card = null
      fill(dialog, "what", text(`approval-${action}`))
      fill(dialog, "amount", amount === undefined ? "" : money(amount))
      say("")
      pin.value = ""
      const end = hub.intercept(scanned)
      dialog.addEventListener("close", done, { once: true })
      dialog.showModal()
      listPeople()

      function done() {
        end()
        pin.value = ""
        answer(token)
        if (card !== null) setTimeout(() => hub.take(card)) // once the sale is open again
      }
    })

  function scanned(code) {
    pin.value = ""
    hub.emit("forget")
    if (BADGE.test(plain(code))) give({ badge: code })
    else if (asked.action === "card_unproven" && ON_PHONE.test(plain(code))) {
      card = code
      dialog.close()
    } else complain(text("approval-no-badge"))
    return true
  }

  async function listPeople() {
    const list = get("approval-people")
    list.replaceChildren()
    for (const part of ["people", "pin", "nobody"]) show(dialog, part, false)
    try {
      const { items } = await hub.api.get("/till/approvers")
      list.replaceChildren(...items.map(row))
      for (const part of ["people", "pin"]) show(dialog, part, items.length > 0)
      show(dialog, "nobody", items.length === 0)
      list.querySelector("input")?.focus()
      if (items.length === 1) list.querySelector("input").click()
    } catch (error) {
      complain(hub.sentence(error))
    }
  }

  async function give(by) {
    form.inert = true
    say("")
    try {
      token = (await hub.api.post("/till/approvals", { ...asked, ...by })).approval
      hub.play("good")
      dialog.close()
    } catch (error) {
      pin.value = ""
      complain(sentence(hub, error))
    } finally {
      form.inert = false
      if (dialog.open) pin.focus()
      get("approval-end").scrollIntoView({ block: "nearest" })
    }
  }

  function complain(sentence) {
    say(sentence)
    hub.play("bad")
  }

  function say(sentence) {
    show(dialog, "error", sentence !== "")
    fill(dialog, "error", sentence)
  }
}

function row({ id, name }) {
  const item = copy("approval-person")
  item.querySelector("input").value = id
  fill(item, "name", name)
  return item
}

/** A PIN that does not match is no sign that the cashier is signed off. */
function sentence(hub, error) {
  if (!(error instanceof Problem)) return hub.sentence(error)
  if (error.code === "not_allowed") return text("approval-not-allowed")
  return error.code === "sign_in_failed" ? error.detail : hub.sentence(error)
}
