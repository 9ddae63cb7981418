// How the till talks to the server. What sends can be changed: a queue may stand before the line.

const BASE = "/api/v1"
const PATIENCE = 8000 // ms for one try
const PAUSES = [400, 1200, 3000] // ms before a request with a key is sent again

/** The server answered, and the answer is no. */
export class Problem extends Error {
  constructor(status, { code = "unexpected", detail = "", facts = {} } = {}) {
    super(detail || code)
    this.name = "Problem"
    Object.assign(this, { status, code, detail, facts })
  }

  /** Where the server itself failed, the effect is not known. */
  get isUnknown() {
    return this.status >= 500
  }
}

/** No answer came. */
export class NoAnswer extends Error {
  name = "NoAnswer"
}

export const newKey = () => crypto.randomUUID()

/** @param {(request: {path: string, body: object, key?: string}) => Promise<object>} send */
export function makeApi(send) {
  return {
    scan: (code) => send({ path: "/scans", body: { code } }),
    quote: (body) => send({ path: "/quotes", body }),
    settle: ({ key, body, approval }) => send({ path: "/purchases", body, key, approval }),
    undo: ({ id, reason, key, approval }) =>
      send({ path: `/purchases/${encodeURIComponent(id)}/void`, body: { reason }, key, approval }),
    post: (path, body, given = {}) => send({ path, body, ...given }),
    get: (path) => send({ path, method: "GET" }),
  }
}

/** Send by fetch, with the token of the page as it is then. With a key, the same request is sent again until an answer comes. */
export function makeSender({ fetch, csrfToken, wait = sleep, pauses = PAUSES }) {
  async function once({ path, body, key, approval, method = "POST", signal }) {
    const headers = {
      Accept: "application/json",
      "Content-Type": "application/json",
      "X-CSRFToken": csrfToken(),
    }
    if (key) headers["Idempotency-Key"] = key
    if (approval) headers.Approval = approval
    const options = { method, headers, signal }
    if (body !== undefined) options.body = JSON.stringify(body)
    return read(await reach(fetch, BASE + path, options))
  }

  return async function send(request) {
    for (const pause of request.key ? pauses : []) {
      try {
        return await once(request)
      } catch (error) {
        if (!mayPass(error)) throw error
        await wait(pause)
      }
    }
    return once(request)
  }
}

async function reach(fetch, address, { signal, ...options }) {
  const patience = AbortSignal.timeout(PATIENCE)
  try {
    return await fetch(address, {
      ...options,
      credentials: "same-origin",
      redirect: "error",
      signal: signal ? AbortSignal.any([signal, patience]) : patience,
    })
  } catch (error) {
    throw new NoAnswer("no answer", { cause: error })
  }
}

async function read(response) {
  const body = await json(response)
  if (response.ok && body !== null) return body
  if (response.ok) throw new NoAnswer("the answer cannot be read")
  throw new Problem(response.status, body ?? {})
}

async function json(response) {
  try {
    return await response.json()
  } catch {
    return null
  }
}

const mayPass = (error) => error instanceof NoAnswer || error.isUnknown

const sleep = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds))
