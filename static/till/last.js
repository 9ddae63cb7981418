// The last sale of this tab, and its undo.

import { newKey, Problem } from "./api.js"
import { get } from "./page.js"
import * as view from "./view.js"

export function start(hub) {
  let last = hub.kept.get("last")

  function remember(next) {
    last = next
    hub.kept.put("last", last)
    view.showLast(last, hub.sale)
  }

  async function undo(reason) {
    remember({ ...last, state: "undoing", reason: last.reason ?? reason, detail: "" })
    try {
      await hub.approved((approval) => hub.api.undo({ ...last, approval }))
      remember({ ...last, state: "undone" })
      hub.play("good")
      if (hub.sale.phase === "settled") hub.next()
    } catch (error) {
      const known = error instanceof Problem && !error.isUnknown
      const again = known ? { key: newKey(), reason: null } : {}
      remember({ ...last, ...again, state: "still-done", detail: hub.sentence(error) })
      hub.play("bad")
    }
  }

  hub.on("change", ({ sale }) => view.showLast(last, sale))
  hub.on("settled", (purchase) =>
    remember({ id: purchase.id, to_pay: purchase.to_pay, state: "done", key: newKey() }),
  )
  hub.on("undone", (id) => {
    if (last?.id === id) remember({ ...last, state: "undone" })
  })
  listenForUndo(undo)
  view.showLast(last, hub.sale)
  if (last?.state === "undoing") undo(last.reason)
}

function listenForUndo(undo) {
  const dialog = get("undo-dialog")
  get("undo").addEventListener("click", () => {
    dialog.returnValue = "keep"
    dialog.showModal()
  })
  dialog.addEventListener("close", () => {
    if (dialog.returnValue !== "undo") return
    undo(dialog.querySelector("[name=reason]:checked").value)
  })
}
