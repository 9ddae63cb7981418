// A keypad for a PIN: large keys for gloved fingers. Digits typed anywhere count as well.

const TEXT = "input:not([type=radio]), textarea, select"

/** @param {HTMLFormElement} form with a PIN field and a keypad in it */
export function listen(form) {
  const field = form.querySelector("[data-pin]")
  const pad = form.querySelector("[data-keypad]")
  field.inputMode = "none" // the device's own keyboard would cover this one
  pad.hidden = false
  form.querySelector("[data-without-keypad]").hidden = true

  function press(key) {
    field.value = key === "back" ? field.value.slice(0, -1) : field.value + key
    field.value = field.value.slice(0, field.maxLength)
  }

  pad.addEventListener("mousedown", (event) => event.preventDefault()) // the focus stays
  pad.addEventListener("click", ({ target }) => {
    const key = target.closest("[value]")
    if (key) press(key.value)
  })
  form.addEventListener("change", () => pad.scrollIntoView({ block: "nearest" }))
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches(TEXT)) return
    if (!form.checkVisibility()) return
    if (/^\d$/.test(event.key)) press(event.key)
    else if (event.key === "Backspace") press("back")
    else if (event.key === "Enter" && event.target === document.body) form.requestSubmit()
    else return
    event.preventDefault()
  })
}
