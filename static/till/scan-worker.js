// Reads codes out of pictures, away from the page. It is served with a policy of its own.

import { prepareZXingModule, readBarcodes } from "../vendor/zxing-wasm/reader/index.js"
import { aimed } from "./aim.js"

const HOME = new URL("../vendor/zxing-wasm/reader/", import.meta.url)
const OPTIONS = {
  formats: ["QRCode", "MicroQRCode", "DataMatrix", "Code128", "EAN13", "EAN8", "UPCA"],
  tryHarder: true,
  tryRotate: true,
  tryInvert: true,
  tryDownscale: true,
  tryDenoise: true,
  maxNumberOfSymbols: 4,
}

/** The decoder: WebAssembly, or a slower one that reads QR only where a browser has none. */
async function hire() {
  try {
    // Without locateFile the decoder would fetch its WebAssembly from somebody else's machine.
    await prepareZXingModule({
      overrides: { locateFile: (name) => new URL(name, HOME).href },
      fireImmediately: true,
    })
    return async (picture) =>
      aimed(await readBarcodes(picture, OPTIONS), picture.width, picture.height)
  } catch {
    const { decodeQR } = await import("../vendor/qr/decode.js")
    return (picture) => {
      try {
        return decodeQR(picture)
      } catch {
        return null // it raises where there is no code in the picture
      }
    }
  }
}

const decoder = hire()

decoder.then(
  () => postMessage({ ready: true }),
  (error) => postMessage({ failed: String(error) }),
)

addEventListener("message", async ({ data: { picture, taken } }) => {
  const read = await decoder
  postMessage({ code: await read(picture), taken })
})
