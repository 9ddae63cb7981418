// Is there a line? What was asked in vain says so, and a light question now and then. To go on
// without one is for the cashier to say; that it is back is seen by itself.

const SLOW = 2500 // ms after which a request counts as unanswered for now
const SOON = 1000 // ms before the first look while there may be no line; then twice as long, and so on
const LATE = 8000 // ms between two looks at most
const GONE = [502, 503, 504] // what a gateway says when the server behind it is gone

/**
 * up     the server answers
 * shaky  it does not; whoever is asked may go on without a line
 * down   the till goes on without a line
 */
export class Line {
  #state
  #look
  #changed
  #later
  #timer = null
  #pause = SOON
  #waiting = new Set()

  /**
   * @param {object} given
   * @param {() => Promise<boolean>} given.look  asks the server something light
   * @param {(state: string, before: string) => void} given.changed
   * @param {boolean} given.down  whether it was down when this page was left
   */
  constructor({ look, changed, down = false, later = pause }) {
    this.#look = look
    this.#changed = changed
    this.#later = later
    this.#state = down ? "down" : "up"
  }

  get state() {
    return this.#state
  }

  get isDown() {
    return this.#state === "down"
  }

  answered() {
    if (this.#state === "shaky") this.#become("up")
  }

  failed() {
    if (this.#state === "up") this.#become("shaky")
    this.#lookLater()
  }

  /** Go on without a line. */
  goOn() {
    if (this.isDown) return
    this.#become("down")
    const acts = [...this.#waiting]
    this.#waiting.clear()
    for (const act of acts) act()
    this.#lookLater()
  }

  /** Act once when the till goes on without a line. @returns {() => void} takes it back */
  whenDown(act) {
    this.#waiting.add(act)
    return () => this.#waiting.delete(act)
  }

  /** Ask now, and again until there is an answer. */
  async look() {
    clearTimeout(this.#timer)
    this.#timer = null
    if (await this.#look()) {
      this.#become("up")
      return
    }
    if (this.#state === "up") this.#become("shaky")
    this.#lookLater()
  }

  #lookLater() {
    if (this.#timer !== null) return
    this.#timer = this.#later(() => this.look(), this.#pause)
    this.#pause = Math.min(2 * this.#pause, LATE)
  }

  #become(state) {
    if (state === this.#state) return
    const before = this.#state
    this.#state = state
    if (state === "up") this.#pause = SOON
    this.#changed(state, before)
  }
}

const pause = (act, milliseconds) => setTimeout(act, milliseconds)

/** A fetch that tells the line what came of it. */
export function watched(fetch, line) {
  return async (address, options) => {
    const slow = setTimeout(() => line.failed(), SLOW)
    try {
      const answer = await fetch(address, options)
      if (GONE.includes(answer.status)) line.failed()
      else line.answered()
      return answer
    } catch (error) {
      line.failed()
      throw error
    } finally {
      clearTimeout(slow)
    }
  }
}

/**
 * Ask there; if the till goes on without a line before an answer has come, ask here.
 * @param {Line} line
 */
export function either(line, there, here) {
  if (line.isDown) return here()
  return new Promise((yes, no) => {
    const leave = line.whenDown(() => yes(here())) // from then on what comes from there is for nobody
    there().then(yes, no).finally(leave)
  })
}
