// What is kept on this device: sales that wait for a line, and the rules for the time without one.

const NAME = "till"
const VERSION = 1
const REMEMBERED = 1000 // sales that were sent: what came of them, for a summary and an undo

/** IndexedDB, with promises. What a method has done is on the disk when it returns. */
export class Store {
  #opening = null

  /**
   * Put a sale at the end of the queue.
   * @param {{key: string, body: object, answer: object, ask?: object}} item
   */
  add(item) {
    return this.#within(["queue"], "readwrite", ({ queue }) => asked(queue.add(item)))
  }

  /** All that waits, oldest first. */
  waiting() {
    return this.#within(["queue"], "readonly", ({ queue }) => asked(queue.getAll()))
  }

  /** A sale that was taken without a line, whether it still waits or was sent; or undefined. */
  find(key) {
    return this.#within(["queue", "sent"], "readonly", async ({ queue, sent }) => {
      return (await asked(queue.index("key").get(key))) ?? asked(sent.index("key").get(key))
    })
  }

  /** Change a sale that still waits; tells whether it did. */
  amend(key, change) {
    return this.#within(["queue"], "readwrite", async ({ queue }) => {
      const item = await asked(queue.index("key").get(key))
      if (item) await asked(queue.put(change(item)))
      return Boolean(item)
    })
  }

  /**
   * Take a sale out of the queue that the server has acknowledged. One whose undo was asked for in
   * the meantime stays, and is sent again under its key.
   */
  acknowledge({ key, ...told }, { undone = false } = {}) {
    return this.#within(["queue", "sent", "used"], "readwrite", async ({ queue, sent, used }) => {
      const item = await asked(queue.index("key").get(key))
      if (!item || (item.undo && !undone)) return
      const { n, answer, body } = item
      const at = Date.now()
      for (const code of body.coupons) await asked(used.put({ code, at }))
      await asked(sent.put({ n, key, answer, ...told, seen: false }))
      await asked(sent.delete(IDBKeyRange.upperBound(n - REMEMBERED)))
      await asked(queue.delete(n))
    })
  }

  /** What was sent and nobody has seen yet what came of it. */
  async unseen() {
    const all = await this.#within(["sent"], "readonly", ({ sent }) => asked(sent.getAll()))
    return all.filter(({ seen }) => !seen)
  }

  /** Somebody has seen what came of these. */
  see(keys) {
    return this.#within(["sent"], "readwrite", async ({ sent }) => {
      for (const key of keys) {
        const one = await asked(sent.index("key").get(key))
        if (one) await asked(sent.put({ ...one, seen: true }))
      }
    })
  }

  keep(name, value) {
    return this.#within(["kept"], "readwrite", ({ kept }) => asked(kept.put(value, name)))
  }

  kept(name) {
    return this.#within(["kept"], "readonly", ({ kept }) => asked(kept.get(name)))
  }

  /** Remember codes that were used here, until the rules say so themselves. */
  use(codes, at) {
    return this.#within(["used"], "readwrite", async ({ used }) => {
      for (const code of codes) await asked(used.put({ code, at }))
    })
  }

  used() {
    return this.#within(["used"], "readonly", ({ used }) => asked(used.getAllKeys()))
  }

  /** Forget the codes that were used before the rules were asked for. */
  unuse(before) {
    return this.#within(["used"], "readwrite", async ({ used }) => {
      for (const { code, at } of await asked(used.getAll())) {
        if (at < before) await asked(used.delete(code))
      }
    })
  }

  async #within(names, mode, act) {
    const database = await this.#open()
    const transaction = database.transaction(names, mode, { durability: "strict" })
    const finished = new Promise((yes, no) => {
      transaction.oncomplete = yes
      transaction.onabort = () => no(transaction.error ?? new DOMException("", "AbortError"))
    })
    finished.catch(() => null) // told by the await below, or by what was asked
    const stores = Object.fromEntries(names.map((name) => [name, transaction.objectStore(name)]))
    const result = await act(stores)
    await finished
    return result
  }

  #open() {
    this.#opening ??= this.#opened().catch((error) => {
      this.#opening = null
      throw error
    })
    return this.#opening
  }

  async #opened() {
    const request = indexedDB.open(NAME, VERSION)
    request.onupgradeneeded = () => make(request.result)
    const database = await asked(request)
    const close = () => {
      database.close()
      this.#opening = null
    }
    database.onversionchange = close // a newer till in another tab
    database.onclose = close
    return database
  }
}

function make(database) {
  database
    .createObjectStore("queue", { keyPath: "n", autoIncrement: true })
    .createIndex("key", "key", { unique: true })
  database.createObjectStore("sent", { keyPath: "n" }).createIndex("key", "key", { unique: true })
  database.createObjectStore("used", { keyPath: "code" })
  database.createObjectStore("kept")
}

const asked = (request) =>
  new Promise((yes, no) => {
    request.onsuccess = () => yes(request.result)
    request.onerror = () => no(request.error)
  })
