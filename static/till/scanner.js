// The camera: frames go to the worker one at a time, what it reads comes back.

const WIDEST = 960 // more pixels cost time and find nothing more
const NEAR = 0.6 // of the frame: what the cashier aims at, in all its pixels, for small codes
const PAUSE = 60 // ms between two frames, so that a phone stays cool

const WISHES = {
  audio: false,
  video: {
    facingMode: { ideal: "environment" },
    width: { ideal: 1280 },
    height: { ideal: 720 },
  },
}

export class Scanner {
  #video
  #take
  #tell
  #worker = null
  #stream = null
  #canvas = document.createElement("canvas")
  #wanted = false
  #busy = false
  #near = false
  #next = null

  /**
   * @param {HTMLVideoElement} video shows what the camera sees
   * @param {(code: string, ms: number) => void} take is given each code, as often as it is seen,
   *   and how long it took from the picture to the code
   * @param {(state: "off"|"starting"|"looking"|"blocked"|"missing"|"insecure"|"failed") => void} tell
   */
  constructor(video, take, tell) {
    this.#video = video
    this.#take = take
    this.#tell = tell
  }

  get isOn() {
    return this.#wanted
  }

  async start() {
    if (this.#wanted) return
    this.#wanted = true
    this.#tell("starting")
    try {
      await this.#open()
    } catch (error) {
      this.#end(reason(error))
    }
  }

  stop() {
    this.#end("off")
  }

  /** Whether this camera has a light that can be switched. */
  get hasTorch() {
    return Boolean(this.#stream?.getVideoTracks()[0].getCapabilities?.().torch)
  }

  /** Switch the light of the camera. */
  async light(torch) {
    await this.#stream?.getVideoTracks()[0].applyConstraints({ advanced: [{ torch }] })
  }

  async #open() {
    if (!navigator.mediaDevices?.getUserMedia) throw new DOMException("", "SecurityError")
    this.#worker ??= this.#hire()
    const stream = await navigator.mediaDevices.getUserMedia(WISHES)
    if (!this.#wanted) {
      release(stream)
      return
    }
    this.#stream = stream
    stream.getVideoTracks()[0].addEventListener("ended", () => this.#end("missing"))
    this.#video.srcObject = stream
    await this.#video.play()
    this.#tell("looking")
    this.#lookIn(0)
  }

  #hire() {
    const worker = new Worker(new URL("./scan-worker.js", import.meta.url), { type: "module" })
    worker.addEventListener("message", ({ data }) => this.#hear(data))
    worker.addEventListener("error", () => this.#end("failed"))
    return worker
  }

  #hear({ code, failed, ready, taken }) {
    if (ready) return
    if (failed) {
      this.#end("failed")
      return
    }
    this.#busy = false
    if (!this.#wanted) return
    if (code) this.#take(code, performance.now() - taken)
    this.#lookIn(PAUSE)
  }

  #lookIn(pause) {
    clearTimeout(this.#next)
    this.#next = setTimeout(() => this.#look(), pause)
  }

  #look() {
    if (!this.#wanted || this.#busy) return
    const { videoWidth: width, videoHeight: height } = this.#video
    if (!width || document.hidden) {
      this.#lookIn(PAUSE * 4)
      return
    }
    const taken = performance.now()
    const picture = this.#picture(width, height)
    this.#busy = true
    this.#worker.postMessage({ picture, taken }, [picture.data.buffer])
  }

  /** In turns the whole frame, made smaller, and its middle as it is. */
  #picture(width, height) {
    this.#near = !this.#near
    const share = this.#near && width > WIDEST ? NEAR : 1
    const [w, h] = [width * share, height * share]
    const scale = Math.min(1, WIDEST / w)
    const canvas = this.#canvas
    canvas.width = Math.round(w * scale)
    canvas.height = Math.round(h * scale)
    const pen = canvas.getContext("2d", { willReadFrequently: true })
    const [left, top] = [(width - w) / 2, (height - h) / 2]
    pen.drawImage(this.#video, left, top, w, h, 0, 0, canvas.width, canvas.height)
    return pen.getImageData(0, 0, canvas.width, canvas.height)
  }

  #end(state) {
    this.#wanted = false
    if (this.#stream) release(this.#stream)
    this.#stream = null
    this.#video.srcObject = null
    if (state === "failed") {
      this.#worker?.terminate()
      this.#worker = null
      this.#busy = false
    }
    this.#tell(state)
  }
}

function release(stream) {
  for (const track of stream.getTracks()) track.stop()
}

function reason(error) {
  if (!window.isSecureContext) return "insecure"
  if (error.name === "NotAllowedError" || error.name === "SecurityError") return "blocked"
  if (error.name === "NotFoundError" || error.name === "OverconstrainedError") return "missing"
  return "failed"
}
