// Short sounds, made here: a cashier looks at the goods, not at the screen.

const TUNES = {
  scan: [[1320, 0.06]],
  good: [
    [880, 0.09],
    [1320, 0.14],
  ],
  offline: [
    [660, 0.09],
    [660, 0.14],
  ],
  bad: [
    [220, 0.16],
    [180, 0.24],
  ],
}

export function makeSound() {
  let context = null

  return function play(name) {
    context ??= new AudioContext()
    context.resume()
    let at = context.currentTime
    for (const [pitch, length] of TUNES[name]) {
      note(context, pitch, at, length)
      at += length
    }
  }
}

function note(context, pitch, at, length) {
  const tone = context.createOscillator()
  const loudness = context.createGain()
  tone.frequency.value = pitch
  loudness.gain.setValueAtTime(0.15, at)
  loudness.gain.exponentialRampToValueAtTime(0.001, at + length)
  tone.connect(loudness).connect(context.destination)
  tone.start(at)
  tone.stop(at + length)
}
