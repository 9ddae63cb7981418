// How long the till takes, measured by itself: from its start, from a picture to a code, from a
// code to the answer on the screen. Only durations go to the server, in lots, when nothing else is up.

const LOT = 20
const PAUSE = 15_000 // ms after the last measurement

export function start(hub) {
  let held = []
  let timer = null

  function send() {
    clearTimeout(timer)
    const lot = held
    held = []
    if (lot.length > 0) hub.beacon("/api/v1/till-timings", { items: lot })
  }

  hub.on("timed", ({ kind, ms }) => {
    performance.measure(`till.${kind}`, { start: performance.now() - ms, duration: ms })
    held.push({ kind, ms: Math.round(ms) })
    clearTimeout(timer)
    if (held.length >= LOT) send()
    else timer = setTimeout(send, PAUSE)
  })
  addEventListener("pagehide", send)
}
