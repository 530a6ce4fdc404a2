/** Suggests metric names, label names and functions while a query is typed; chosen by keyboard or mouse. */
import { ask } from './api.js'
import { element } from './dom.js'

const functions = (
  'rate increase irate delta deriv changes resets sum avg min max count topk bottomk quantile stddev ' +
  'histogram_quantile abs absent ceil floor round clamp_min clamp_max label_replace label_join ' +
  'avg_over_time min_over_time max_over_time sum_over_time count_over_time last_over_time ' +
  'quantile_over_time predict_linear sort sort_desc time timestamp vector scalar by without on ' +
  'ignoring group_left group_right offset bool and or unless'
).split(' ')
const shownMax = 50

/** Enter runs the query when nothing is chosen, Shift+Enter makes a new line, Escape closes the list. */
export function attachCompletion(editor, run) {
  const list = element('ul', { class: 'suggestions', role: 'listbox', hidden: true })
  editor.after(list)
  let items = []
  let chosen = -1
  let metricNames
  let labelNames
  /** Counts what was typed and closed, so that names which arrive late open no list. */
  let turn = 0

  const close = () => {
    turn++
    list.hidden = true
    chosen = -1
  }
  const take = (text) => {
    const { start } = wordBefore(editor)
    editor.setRangeText(text, start, editor.selectionStart, 'end')
    close()
    editor.focus()
  }
  const mark = (index) => {
    chosen = (index + items.length) % items.length
    for (const [i, node] of [...list.children].entries()) {
      node.setAttribute('aria-selected', i === chosen)
      if (i === chosen) node.scrollIntoView({ block: 'nearest' })
    }
  }
  const suggest = async () => {
    const mine = ++turn
    metricNames ??= loadNames('label/__name__/values')
    labelNames ??= loadNames('labels')
    const { word, inLabels } = wordBefore(editor)
    if (word === '') return close()
    const sources = inLabels
      ? [['label', await labelNames]]
      : [
          ['metric', await metricNames],
          ['function', functions],
        ]
    if (mine !== turn) return
    items = sources.flatMap(([kind, names]) => rank(names, word).map((text) => ({ kind, text })))
    items = items.slice(0, shownMax)
    if (items.length === 0 || (items.length === 1 && items[0].text === word)) return close()
    chosen = -1
    list.replaceChildren(
      ...items.map(({ kind, text }) =>
        element(
          'li',
          {
            role: 'option',
            onmousedown: (event) => {
              event.preventDefault()
              take(text)
            },
          },
          element('span', { class: 'mono' }, text),
          element('span', { class: 'faint' }, kind),
        ),
      ),
    )
    list.hidden = false
  }

  editor.addEventListener('input', suggest)
  editor.addEventListener('blur', close)
  editor.addEventListener('keydown', (event) => {
    const open = !list.hidden
    if (open && event.key === 'ArrowDown') mark(chosen + 1)
    else if (open && event.key === 'ArrowUp') mark(chosen - 1)
    else if (open && event.key === 'Escape') close()
    else if (open && event.key === 'Tab' && chosen < 0) take(items[0].text)
    else if (open && chosen >= 0 && (event.key === 'Enter' || event.key === 'Tab'))
      take(items[chosen].text)
    else if (event.key === 'Enter' && !event.shiftKey) {
      close()
      run()
    } else return
    event.preventDefault()
  })
}

async function loadNames(path) {
  try {
    return (await ask(path)).data
  } catch {
    // Suggestions are a courtesy: the box works without them, and running a query shows the error.
    return []
  }
}

/** The word that ends at the cursor, and whether it stands inside braces or a by/without/on list. */
function wordBefore(editor) {
  const before = editor.value.slice(0, editor.selectionStart)
  const word = /[a-zA-Z_:][a-zA-Z0-9_:.]*$/.exec(before)?.[0] ?? ''
  const rest = before.slice(0, before.length - word.length)
  const inLabels =
    rest.lastIndexOf('{') > rest.lastIndexOf('}') ||
    /\b(by|without|on|ignoring|group_left|group_right)\s*\([^()]*$/i.test(rest)
  const inString = (rest.match(/"/g) ?? []).length % 2 === 1
  return { word: inString ? '' : word, start: rest.length, inLabels }
}

/** Names that start with the word before those that only contain it. */
function rank(names, word) {
  const needle = word.toLowerCase()
  const starts = names.filter((name) => name.toLowerCase().startsWith(needle))
  const contains = names.filter((name) => {
    const at = name.toLowerCase().indexOf(needle)
    return at > 0
  })
  return [...starts, ...contains]
}
