// Whoever forgot the card: found by exactly their mail address or phone number, and by nothing else.

import { Problem } from "./api.js"
import { fill, get, show, text } from "./page.js"
import { grouped } from "./view.js"

export function start(hub) {
  const dialog = get("find-dialog")
  const field = get("find-text")
  let found = null
  let asked = 0

  get("find").addEventListener("click", () => {
    field.value = ""
    tell(null)
    say("")
    dialog.showModal()
    field.focus()
  })
  get("find-cancel").addEventListener("click", () => dialog.close())
  dialog.addEventListener("close", () => {
    field.value = "" // the address is nobody else's business
    hub.rest()
  })
  field.addEventListener("input", () => {
    tell(null)
    say("")
  })
  get("find-form").addEventListener("submit", (event) => {
    event.preventDefault()
    if (found) take()
    else seek(field.value.trim())
  })

  async function seek(typed) {
    if (typed === "") {
      say(text("find-empty"))
      return
    }
    const mine = ++asked
    const body = typed.includes("@") ? { email: typed } : { phone: typed }
    try {
      const answer = await hub.api.post("/customers/find", body)
      if (mine !== asked) return
      tell(answer)
      say("")
      hub.play("scan")
    } catch (error) {
      if (mine !== asked) return
      const unclear = error instanceof Problem && error.status === 422
      say(unclear ? text("find-unclear") : hub.sentence(error))
      hub.play("bad")
    }
  }

  function take() {
    const { number } = found.card
    dialog.close()
    hub.take(number)
  }

  function tell(answer) {
    asked += 1
    found = answer
    show(dialog, "found", answer !== null)
    show(dialog, "seek", answer === null)
    show(dialog, "take", answer !== null)
    if (answer === null) return
    fill(dialog, "name", answer.name ?? text("find-nameless"))
    fill(dialog, "number", grouped(answer.card.number))
    get("find-take").focus()
  }

  function say(sentence) {
    show(dialog, "wrong", sentence !== "")
    fill(dialog, "wrong", sentence)
    field.setAttribute("aria-invalid", String(sentence !== ""))
  }
}
