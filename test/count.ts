/** Counts a vitest report into CI's closing line, and refuses skips that CI has no reason for. */
import { existsSync, readFileSync } from 'node:fs'

type Report = {
  numPassedTests: number
  numFailedTests: number
  numFailedTestSuites: number
  success: boolean
  testResults: {
    name: string
    status: string
    assertionResults: { fullName: string; status: string }[]
  }[]
}

const report: Report = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'))
const tests = report.testResults.flatMap((file) => file.assertionResults)
const skipped = tests.filter(({ status }) => status !== 'passed' && status !== 'failed')

// CI installs every peer, so the only thing that may be missing is the folder outside the repository.
const sharedIsHere = existsSync('../shared/design.md')
const unexcused = skipped.filter(({ fullName }) => sharedIsHere || !fullName.includes('../shared'))
for (const { fullName } of unexcused) console.log(`skipped without need: ${fullName}`)

const brokenFiles = report.testResults.filter(
  (file) => file.status === 'failed' && file.assertionResults.every((t) => t.status !== 'failed'),
)
for (const { name } of brokenFiles) console.log(`failed as a whole: ${name}`)

const failed = report.numFailedTests + unexcused.length + brokenFiles.length
console.log(`${report.numPassedTests} passed, ${failed} failed, ${skipped.length} skipped`)
process.exitCode = failed > 0 || !report.success ? 1 : 0
