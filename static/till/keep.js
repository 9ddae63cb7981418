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
  }
}
