// A camera sees the same code many times a second: that is one scan.

/**
 * A filter that lets a code through once, until it has not been seen for `quiet` milliseconds, or
 * until it is told to forget: who scans by hand again after a failure means it. Other codes in
 * between make no difference, as two of them may lie before the camera.
 */
export function makeOnce(quiet = 2000) {
  const seen = new Map()

  function once(code, now) {
    for (const [other, at] of seen) if (now - at >= quiet) seen.delete(other)
    const again = seen.has(code)
    seen.set(code, now)
    return !again
  }
  once.forget = () => seen.clear()
  return once
}
