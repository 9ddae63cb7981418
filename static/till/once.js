// A camera sees the same code many times a second: that is one scan.

/** A filter that lets a code through once, until it has not been seen for `quiet` milliseconds. */
export function makeOnce(quiet = 2000) {
  let last = null
  let seen = 0

  return function once(code, now) {
    const again = code === last && now - seen < quiet
    last = code
    seen = now
    return !again
  }
}
