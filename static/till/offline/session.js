// Who is signed on at the server, and a fresh token for what is sent to it: the lightest question.

const ADDRESS = "/till/session"
const PATIENCE = 3000 // ms

/**
 * Ask, and put the token into the page: after another sign-on the old one is of no use.
 * @returns {Promise<{cashier: {id: string, name: string} | null, till: object | null} | null>}
 *   null: there is no line
 */
export async function hear(fetch) {
  try {
    const answer = await fetch(ADDRESS, {
      credentials: "same-origin",
      redirect: "error",
      signal: AbortSignal.timeout(PATIENCE),
    })
    const heard = await answer.json()
    if (!answer.ok || typeof heard.csrf !== "string") return null
    renew(heard.csrf)
    return heard
  } catch {
    return null
  }
}

function renew(token) {
  document.querySelector("meta[name=csrf-token]").content = token
  for (const field of document.querySelectorAll("input[name=csrf_token]")) field.value = token
}
