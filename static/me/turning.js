// The picture of the card turns over: the next one is fetched when the present one ends. The server
// says how long it lasts, so the clock of the phone does not matter. Without this, the page reloads.

const LASTS = 30 // s
const AGAIN = 2 // s before it is asked for again when the line is down
const STILL_TAKEN = 25 // s for which a till takes a picture that should have turned over

const card = document.querySelector("[data-turns]")
const picture = card.querySelector(".qr")
const rest = card.querySelector("[data-part=rest]")
const offline = card.querySelector("[data-part=offline]")

let ends = 0
let timer = null
let asking = false

const now = () => performance.now() / 1000

function lasts(seconds) {
  ends = now() + seconds
}

function soon(seconds) {
  clearTimeout(timer)
  timer = setTimeout(turn, seconds * 1000)
}

async function turn() {
  if (asking) return
  asking = true
  try {
    const answer = await fetch(card.dataset.turns, { cache: "no-store" })
    if (answer.status === 404) location.reload() // the card is not on this device any more
    if (!answer.ok) throw new Error(String(answer.status))
    const drawn = new DOMParser().parseFromString(await answer.text(), "image/svg+xml")
    picture.replaceChildren(document.importNode(drawn.documentElement, true))
    lasts(Number(answer.headers.get("Turns-In")))
    soon(ends - now())
    show(true)
  } catch {
    soon(AGAIN)
    show(false)
  }
  asking = false
}

function show(hasLine) {
  card.toggleAttribute("data-offline", !hasLine)
  offline.hidden = hasLine
  rest.hidden = !hasLine
  picture.hidden = !hasLine && now() > ends + STILL_TAKEN
}

function count() {
  const left = Math.max(0, Math.min(LASTS, ends - now()))
  rest.style.setProperty("--left", left / LASTS)
}

/** A phone that slept has missed its moment. */
function wake() {
  if (document.visibilityState === "visible" && now() >= ends) turn()
}

rest.hidden = false
lasts(Number(card.dataset.left))
soon(ends - now())
count()
setInterval(count, 1000)
addEventListener("online", turn)
document.addEventListener("visibilitychange", wake)
