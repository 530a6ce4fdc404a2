/** A range answer as lines over time (uPlot), with a legend that shows the values under the cursor. */

import { element, seriesText } from './dom.js'
import uPlot from './uPlot.esm.js'

const linesMax = 100

/** @param {{metric: Record<string, string>, values: [number, string][]}[]} result */
export function renderGraph(result, bounds) {
  if (result.length === 0) {
    return element('p', { class: 'faint' }, 'No series in this range.')
  }
  const shown = result.slice(0, linesMax)
  const chart = element('div', { class: 'chart' })
  const legend = element('ul', { class: 'legend', 'aria-label': 'Series' })
  const box = element('div', {}, chart, legend)
  const undrawable = shown.filter(
    ({ values }) => !values.some(([, v]) => Number.isFinite(Number(v))),
  )
  if (undrawable.length > 0) {
    const which = undrawable.length === 1 ? '1 series is' : `${undrawable.length} series are`
    box.prepend(
      element(
        'p',
        { class: 'notice' },
        `${which} NaN or infinite all the time, which is nothing to draw.`,
      ),
    )
  }
  if (result.length > shown.length) {
    const hidden = result.length - shown.length
    box.prepend(
      element(
        'p',
        { class: 'notice' },
        `${hidden} more series are not drawn; aggregate or use topk().`,
      ),
    )
  }
  box.addEventListener('shown', () => draw(chart, legend, shown, bounds), { once: true })
  return box
}

function draw(chart, legend, series, bounds) {
  const data = align(series, bounds)
  const values = []
  const axis = {
    stroke: getComputedStyle(document.body).color,
    grid: { stroke: 'rgb(128 128 128 / 20%)' },
    ticks: { stroke: 'rgb(128 128 128 / 20%)' },
  }
  const plot = new uPlot(
    {
      width: chart.clientWidth - 16,
      height: 320,
      scales: { x: { min: bounds.start, max: bounds.end } },
      axes: [
        { ...axis, space: 80, values: (_, times) => writeTimes(times) },
        { ...axis, size: 70, values: (_, ticks) => ticks.map(shortNumber) },
      ],
      series: [
        {},
        ...series.map(({ metric }, i) => ({
          label: seriesText(metric),
          stroke: color(i),
          width: 1.5,
          points: { show: series.length === 1 ? undefined : false },
        })),
      ],
      cursor: { focus: { prox: 24 } },
      hooks: { setCursor: [({ cursor }) => showValues(values, data, cursor.idx)] },
    },
    data,
    chart,
  )
  series.forEach(({ metric }, i) => {
    const value = element('span', { class: 'value mono' })
    values.push(value)
    const swatch = element('span', { class: 'swatch' })
    swatch.style.background = color(i)
    const button = element(
      'button',
      { type: 'button', 'aria-pressed': 'true' },
      swatch,
      element('span', { class: 'mono' }, seriesText(metric)),
      value,
    )
    button.addEventListener('click', () => {
      const show = button.getAttribute('aria-pressed') !== 'true'
      button.setAttribute('aria-pressed', String(show))
      plot.setSeries(i + 1, { show })
    })
    legend.append(element('li', {}, button))
  })
  showValues(values, data, null)
  const resize = new ResizeObserver(() => {
    if (!chart.isConnected) resize.disconnect()
    else plot.setSize({ width: chart.clientWidth - 16, height: 320 })
  })
  resize.observe(chart)
}

/** Local times of a 24-hour clock, with seconds or with the day where the ticks need them. */
function writeTimes(times) {
  const step = times.length > 1 ? times[1] - times[0] : 60
  return times.map((time) => {
    const date = new Date(time * 1000)
    const day = `${two(date.getMonth() + 1)}-${two(date.getDate())}`
    const clock = `${two(date.getHours())}:${two(date.getMinutes())}`
    if (step < 60) return `${clock}:${two(date.getSeconds())}`
    if (step >= 86400) return day
    const isMidnight = date.getHours() === 0 && date.getMinutes() === 0
    return isMidnight ? `${clock}\n${day}` : clock
  })
}

function two(number) {
  return String(number).padStart(2, '0')
}

/** One column of times for all series, null where a series has no point, so that gaps stay gaps. */
function align(series, { start, end, step }) {
  const times = []
  for (let time = start; time <= end; time += step) times.push(time)
  const columns = series.map(({ values }) => {
    const column = new Array(times.length).fill(null)
    for (const [time, text] of values) {
      const value = Number(text.replace('Inf', 'Infinity'))
      if (Number.isFinite(value)) column[Math.round((time - start) / step)] = value
    }
    return column
  })
  return [times, ...columns]
}

function showValues(nodes, data, index) {
  nodes.forEach((node, i) => {
    const column = data[i + 1]
    const value = index === null ? column.findLast((v) => v !== null) : column[index]
    node.textContent = value === null || value === undefined ? '' : shortNumber(value)
  })
}

/** Hues by the golden angle: neighbours differ, and any number of series has its own. */
function color(index) {
  return `hsl(${(20 + index * 137.508) % 360} 65% 48%)`
}

function shortNumber(value) {
  if (value === null) return ''
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-3 || size >= 1e15)) return value.toExponential(2)
  for (const [unit, factor] of [
    ['T', 1e12],
    ['G', 1e9],
    ['M', 1e6],
    ['k', 1e3],
  ]) {
    if (size >= factor * 10) return `${Number((value / factor).toPrecision(5))}${unit}`
  }
  return String(Number(value.toPrecision(6)))
}
