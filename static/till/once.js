// A camera sees the same code many times a second: that is one scan.

/**
 * A filter that lets a code through once, until it has not been seen for `quiet` milliseconds, or
 * until it is told to forget: who scans by hand again after a failure means it.
 */
export function makeOnce(quiet = 2000) {
  let last = null
  let seen = 0

  function once(code, now) {
    const again = code === last && now - seen < quiet
    last = code
    seen = now
    return !again
  }
  once.forget = () => {
    last = null
  }
  return once
}
