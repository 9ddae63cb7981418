// Keeps the till for the time without a line. The server puts before this what is kept: SHELL, with
// the addresses of the files and the stamp of them all. What is sold waits elsewhere (IndexedDB).

const NAME = `till ${SHELL.stamp}`
const PAGE = "/till"
const NO_LINE = "/till/no-line"
const GATES = ["/till/sign-on", "/till/sign-off"]
const PATIENCE = 2500 // ms that the server has to answer before the kept page is shown
const NOBODY_THERE = [502, 503, 504] // what a gateway says when the server behind it is gone

const files = new Set(SHELL.files)

self.addEventListener("install", (event) => event.waitUntil(keepAll()))

self.addEventListener("activate", (event) => event.waitUntil(takeOver()))

self.addEventListener("message", ({ data }) => {
  if (data === "take over") self.skipWaiting()
})

self.addEventListener("fetch", (event) => {
  const { request } = event
  const { origin, pathname, search } = new URL(request.url)
  if (origin !== location.origin) return
  if (request.mode === "navigate") {
    const isTill = pathname === PAGE && request.method === "GET"
    event.respondWith(isTill ? till(event) : page(request, pathname))
  } else if (request.method === "GET" && files.has(pathname + search)) {
    event.respondWith(file(request))
  }
})

async function keepAll() {
  const cache = await caches.open(NAME)
  await cache.addAll(SHELL.files)
  await keep(await fetch(PAGE, { credentials: "same-origin", redirect: "manual" })).catch(
    () => null,
  )
}

async function takeOver() {
  const others = (await caches.keys()).filter((name) => name.startsWith("till ") && name !== NAME)
  await Promise.all(others.map((name) => caches.delete(name)))
  await self.clients.claim()
}

/** A file is what it was when it was kept; what is of another version comes from the server. */
async function file(request) {
  const kept = await (await caches.open(NAME)).match(request)
  return kept ?? fetch(request)
}

/** The till's page from the server; the kept one where the server is silent for too long. */
async function till(event) {
  const cache = await caches.open(NAME)
  const fresh = fetch(event.request).then(keep)
  event.waitUntil(fresh.catch(() => null))
  const kept = await cache.match(PAGE)
  if (!kept) return fresh.catch(() => cache.match(NO_LINE))
  const answer = await Promise.race([fresh.catch(() => null), pause(PATIENCE)])
  return !answer || NOBODY_THERE.includes(answer.status) ? kept : answer
}

/** Signing on and off needs a line. Where nobody is signed on, nothing is kept. */
async function page(request, pathname) {
  const cache = await caches.open(NAME)
  try {
    const answer = await fetch(request)
    if (GATES.includes(pathname)) await cache.delete(PAGE)
    return answer
  } catch {
    return cache.match(NO_LINE)
  }
}

/** Keep the page of the till, and nothing that is another page or belongs to another version. */
async function keep(answer) {
  const cache = await caches.open(NAME)
  if (answer.type === "opaqueredirect") await cache.delete(PAGE)
  else if (answer.ok && answer.headers.get("Till-Shell") === SHELL.stamp) {
    await cache.put(PAGE, answer.clone())
  }
  return answer
}

const pause = (milliseconds) => new Promise((done) => setTimeout(() => done(null), milliseconds))
