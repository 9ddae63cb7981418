// What must survive a reload: the sale, with the key of a request that nobody has answered yet.

const NAME = "till."

export function makeKeeper(storage) {
  return {
    put(name, value) {
      if (value === null) storage.removeItem(NAME + name)
      else storage.setItem(NAME + name, JSON.stringify(value))
    },

    get(name) {
      try {
        return JSON.parse(storage.getItem(NAME + name))
      } catch {
        return null
      }
    },

    names: () =>
      Array.from({ length: storage.length }, (_, i) => storage.key(i))
        .filter((name) => name.startsWith(NAME))
        .map((name) => name.slice(NAME.length)),
  }
}

/** What was kept is the cashier's own; only a sale without an answer is left to who comes next. */
export function keepFor(kept, cashier) {
  if (kept.get("cashier") === cashier) return
  const { phase } = kept.get("sale") ?? {}
  const isOpen = phase === "settling" || phase === "unknown"
  for (const name of kept.names()) {
    if (name !== "sale" || !isOpen) kept.put(name, null)
  }
  kept.put("cashier", cashier)
}
