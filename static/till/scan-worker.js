// Reads codes out of pictures, away from the page. It is served with a policy of its own.

import { prepareZXingModule, readBarcodes } from "../vendor/zxing-wasm/reader/index.js"

const HOME = new URL("../vendor/zxing-wasm/reader/", import.meta.url)
const OPTIONS = {
  formats: ["QRCode", "MicroQRCode", "DataMatrix", "Code128", "EAN13", "EAN8"],
  tryHarder: true,
  maxNumberOfSymbols: 1,
}

/** The decoder: WebAssembly, or a slower one that reads QR only where a browser has none. */
async function hire() {
  try {
    // Without locateFile the decoder would fetch its WebAssembly from somebody else's machine.
    await prepareZXingModule({
      overrides: { locateFile: (name) => new URL(name, HOME).href },
      fireImmediately: true,
    })
    return async (picture) => {
      const [found] = await readBarcodes(picture, OPTIONS)
      return found?.isValid ? found.text : null
    }
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

addEventListener("message", async ({ data: picture }) => {
  const read = await decoder
  postMessage({ code: await read(picture) })
})
