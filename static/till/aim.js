// Which of several codes in a picture is meant: the one nearest to where the cashier aims.

/**
 * @param {{text: string, isValid: boolean, position: object}[]} found what a decoder found
 * @returns {string | null} what the one nearest to the middle says
 */
export function aimed(found, width, height) {
  let best = null
  for (const one of found) {
    if (!one.isValid || one.text === "") continue
    const away = distance(middle(one.position), width, height)
    if (best === null || away < best.away) best = { away, text: one.text }
  }
  return best?.text ?? null
}

function middle({ topLeft, topRight, bottomLeft, bottomRight }) {
  const corners = [topLeft, topRight, bottomLeft, bottomRight]
  const mean = (axis) => corners.reduce((sum, corner) => sum + corner[axis], 0) / corners.length
  return { x: mean("x"), y: mean("y") }
}

const distance = ({ x, y }, width, height) => Math.hypot(x - width / 2, y - height / 2)
