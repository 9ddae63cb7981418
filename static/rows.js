// Rows of a form come and go without loading the page again. Without it, their buttons send the form.
// Until they have come or gone the form takes nothing: what is typed or sent meanwhile would be lost.

const CHOOSES = "select[data-chooses]"

async function press(form, button) {
  const sent = new URLSearchParams(new FormData(form))
  sent.append(button.name, button.value)
  const focused = document.activeElement?.id
  form.inert = true
  const answer = await fetch(form.action, { method: "POST", body: sent })
  const page = new DOMParser().parseFromString(await answer.text(), "text/html")
  const fresh = page.querySelector("main form")
  if (!answer.ok || !fresh) throw new Error("no form came back")
  const before = new Set([...form.querySelectorAll("[id]")].map((element) => element.id))
  const opened = new Set([...form.querySelectorAll("details[open] > summary")].map(nameOf))
  form.replaceChildren(...fresh.childNodes)
  for (const summary of form.querySelectorAll("details > summary")) {
    if (opened.has(nameOf(summary))) summary.parentElement.open = true
  }
  prepare(form)
  form.inert = false
  const made = [...form.querySelectorAll(".card-row[id]")].find((row) => !before.has(row.id))
  const next = made?.querySelector("input:not([type=hidden]), select, textarea")
  const place =
    document.getElementById(focused) ?? form.querySelector(new URL(button.formAction).hash)
  ;(next ?? made ?? place)?.focus({ preventScroll: !made })
}

// a summary has no name of its own: the part that it stands in, and its words
function nameOf(summary) {
  return `${summary.closest("[id]")?.id} ${summary.textContent}`
}

function prepare(form) {
  for (const select of form.querySelectorAll(CHOOSES)) {
    select.closest(".chooser").querySelector("button").hidden = true
  }
}

for (const form of document.querySelectorAll("main form")) {
  prepare(form)
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=do]")
    if (!button) return
    event.preventDefault()
    press(form, button).catch(() => {
      form.inert = false
      form.requestSubmit(button)
    })
  })
  form.addEventListener("change", (event) => {
    if (event.target.matches(CHOOSES)) {
      event.target.closest(".chooser").querySelector("button").click()
    }
  })
}
