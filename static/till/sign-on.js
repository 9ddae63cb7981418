// The page on which a cashier signs on: a keypad for the PIN. A scanner says nothing here.

import { listen } from "./keypad.js"
import { Wedge } from "./wedge.js"

new BroadcastChannel("till people").postMessage("off") // lock.js of other tabs asks who is on

const form = document.querySelector("[data-sign-on]")

if (form) {
  const wedge = new Wedge(() => {
    form.querySelector("[data-pin]").value = ""
  })
  document.addEventListener(
    "keydown",
    (event) => {
      if (!wedge.key(event)) return
      event.preventDefault()
      event.stopPropagation()
    },
    true,
  )
  listen(form)
}
