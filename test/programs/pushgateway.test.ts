import { afterAll, beforeAll, expect, test } from 'vitest'
import { httpCases } from '../pushgateway/http-cases.ts'
import { runHttpCase } from '../pushgateway/run-http-case.ts'
import { type RunningProgram, startProgram } from './program.ts'

const main = 'pushgateway/main.ts'
let gateway: RunningProgram

beforeAll(async () => {
  gateway = await startProgram(main, ['--web.enable-admin-api'])
})
afterAll(async () => {
  expect(await gateway.stop()).toEqual({ code: 0, signal: null })
})

test.each(httpCases)('answers: $name', (one) => runHttpCase(gateway.url, one))
