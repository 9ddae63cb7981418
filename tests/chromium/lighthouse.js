// Lighthouse over pages: node lighthouse.js CHROMIUM '{"Cookie": "…"}' URL… prints scores as JSON.

import { launch } from "chrome-launcher"
import lighthouse from "lighthouse"

const [chromePath, headers, ...pages] = process.argv.slice(2)
const CATEGORIES = ["accessibility", "best-practices"]

const chrome = await launch({
  chromePath,
  chromeFlags: ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  logLevel: "silent",
})
const found = {}
try {
  for (const page of pages) {
    const { lhr } = await lighthouse(page, {
      port: chrome.port,
      onlyCategories: CATEGORIES,
      extraHeaders: JSON.parse(headers),
      disableFullPageScreenshot: true,
      logLevel: "silent",
    })
    found[page] = {
      at: lhr.finalDisplayedUrl,
      scores: Object.fromEntries(CATEGORIES.map((one) => [one, lhr.categories[one].score])),
      failed: Object.values(lhr.audits)
        .filter((audit) => audit.score !== null && audit.score < 1)
        .map((audit) => `${audit.id}: ${audit.title}`),
    }
  }
} finally {
  chrome.kill()
}
process.stdout.write(JSON.stringify(found))
