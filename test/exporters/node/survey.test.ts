import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Survey } from '../../../exporters/node/survey.ts'
import type { Ask, Question, Replies } from '../../../exporters/node/systeminformation.ts'

const times = { intervalMs: 60_000, timeoutMs: 1000 }

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 })
})
afterEach(() => {
  vi.useRealTimers()
})

type Rounds = { readonly asked: (readonly Question[])[]; next: () => Promise<Replies> }

/** What was asked in each round, and what the next will bring. */
function surveyOf(questions: readonly Question[]): { survey: Survey; rounds: Rounds } {
  const rounds: Rounds = { asked: [], next: () => Promise.resolve({}) }
  const ask: Ask = (asked) => {
    rounds.asked.push(asked)
    return rounds.next()
  }
  const survey = new Survey(ask)
  for (const question of questions) survey.add(question, times)
  return { survey, rounds }
}

function batteryAt(percent: number): () => Promise<Replies> {
  return () => Promise.resolve({ battery: { value: { percent } } } as Replies)
}

/** The answer as a number, or what the page would say instead. */
function seen(survey: Survey): string {
  try {
    const { value, askedAtSeconds } = survey.answer('battery')
    return `${value.percent} of ${askedAtSeconds}`
  } catch (error) {
    return String(error)
  }
}

test('all questions go together, at once and then at each interval', async () => {
  const { survey, rounds } = surveyOf(['battery', 'mem'])
  rounds.next = () =>
    Promise.resolve({ battery: { value: { percent: 50 } }, mem: { value: {} } } as Replies)
  expect(seen(survey)).toBe('NoData: the first answer is still awaited')
  await vi.advanceTimersByTimeAsync(0)
  expect(rounds.asked).toEqual([['battery', 'mem']])
  expect(seen(survey)).toBe('50 of 1000')
  await vi.advanceTimersByTimeAsync(59_999)
  expect(rounds.asked).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(rounds.asked).toHaveLength(2)
  expect(seen(survey)).toBe('50 of 1060')
})

test('a round begins only after the one before has ended', async () => {
  const { rounds } = surveyOf(['battery'])
  rounds.next = () => new Promise(() => undefined)
  await vi.advanceTimersByTimeAsync(600_000)
  expect(rounds.asked).toHaveLength(1)
})

test('an answer is shown until it is older than three rounds, then why there is no newer', async () => {
  const { survey, rounds } = surveyOf(['battery'])
  rounds.next = batteryAt(50)
  await vi.advanceTimersByTimeAsync(0)
  rounds.next = () => Promise.resolve({ battery: { error: 'ioreg is broken' } })
  await vi.advanceTimersByTimeAsync(181_000)
  expect(seen(survey)).toBe('50 of 1000')
  await vi.advanceTimersByTimeAsync(1000)
  expect(seen(survey)).toBe('Error: no new answer for 182 s: ioreg is broken')
  rounds.next = batteryAt(60)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(seen(survey)).toBe('60 of 1190') // failed rounds come every 10 s
})

test('a machine that slept does not show what it knew before', async () => {
  const { survey, rounds } = surveyOf(['battery'])
  rounds.next = batteryAt(50)
  await vi.advanceTimersByTimeAsync(0)
  vi.setSystemTime(Date.now() + 3_600_000)
  expect(seen(survey)).toBe('Error: no new answer for 3600 s: the exporter or its timer slept')
})

test('no first answer is an error that says why', async () => {
  const { survey, rounds } = surveyOf(['battery'])
  await vi.advanceTimersByTimeAsync(0)
  expect(seen(survey)).toBe('Error: systeminformation did not tell within 1 s')
  rounds.next = () => Promise.reject(new Error('could not start node'))
  await vi.advanceTimersByTimeAsync(60_000)
  expect(seen(survey)).toBe('Error: systeminformation: could not start node')
})

test('what failed is asked again sooner than a long interval', async () => {
  const rounds: number[] = []
  const survey = new Survey(() => {
    rounds.push(Date.now())
    return Promise.resolve({})
  })
  survey.add('bios', { intervalMs: 86_400_000, timeoutMs: 60_000 })
  await vi.advanceTimersByTimeAsync(600_000)
  expect(rounds).toEqual([1_000_000, 1_600_000])
})

test('a survey that is stopped asks no more, also when it had not begun', async () => {
  const early = surveyOf(['battery'])
  early.survey.stop()
  const { survey, rounds } = surveyOf(['battery'])
  rounds.next = batteryAt(50)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(rounds.asked).toHaveLength(2)
  survey.stop()
  await vi.advanceTimersByTimeAsync(600_000)
  expect(rounds.asked).toHaveLength(2)
  expect(early.rounds.asked).toHaveLength(0)
})
