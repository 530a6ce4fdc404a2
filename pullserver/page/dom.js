/** Builds elements from plain values; text only ever becomes text nodes, so metric data cannot inject. */

/**
 * @param {string} tag
 * @param {Record<string, unknown>} attributes `on…` functions become listeners, `true` an empty attribute
 * @param {...(Node | string | undefined)} children
 */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value)
    else node.setAttribute(name, value === true ? '' : String(value))
  }
  for (const child of children) if (child !== undefined) node.append(child)
  return node
}

/** `name{a="b"}` as PromQL writes it, ready to be pasted into a query. */
export function seriesText(metric) {
  const { __name__: name = '', ...labels } = metric
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${JSON.stringify(value)}`)
  return pairs.length === 0 ? name || '{}' : `${name}{${pairs.join(', ')}}`
}
