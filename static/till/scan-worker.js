// Reads codes out of pictures, away from the page. It is served with a policy of its own.

import { prepareZXingModule, readBarcodes } from "../vendor/zxing-wasm/reader/index.js"

const HOME = new URL("../vendor/zxing-wasm/reader/", import.meta.url)
const OPTIONS = {
  formats: ["QRCode", "MicroQRCode", "DataMatrix", "Code128", "EAN13", "EAN8"],
  tryHarder: true,
  maxNumberOfSymbols: 1,
}

// Without locateFile the decoder would fetch its WebAssembly from somebody else's machine.
const ready = prepareZXingModule({
  overrides: { locateFile: (name) => new URL(name, HOME).href },
  fireImmediately: true,
})

ready.then(
  () => postMessage({ ready: true }),
  (error) => postMessage({ failed: String(error) }),
)

addEventListener("message", async ({ data: picture }) => {
  const [found] = await readBarcodes(picture, OPTIONS)
  postMessage({ code: found?.isValid ? found.text : null })
})
