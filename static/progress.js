// Shows how far long work is without loading the whole page again. Without it, the page reloads itself.

const EVERY = 1500

async function look() {
  const live = document.querySelector("[data-live]")
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } })
    if (answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html")
      const fresh = page.querySelector("[data-live]")
      if (!fresh?.hasAttribute("data-running")) {
        location.reload()
        return
      }
      live.replaceChildren(...fresh.childNodes)
    }
  } catch {
    // the line is down: the next look may go through
  }
  setTimeout(look, EVERY)
}

setTimeout(look, EVERY)
