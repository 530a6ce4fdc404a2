/** How a program ends: cleanly on a signal, with one readable line when it cannot start. */
import { createLog, type Log } from '../log.ts'

/**
 * On SIGTERM or SIGINT: calls `stop` (which finishes what is under way, within its own deadline) and
 * exits with 0. A second signal ends the process at once.
 */
export function stopOnSignal({ log, stop }: { log: Log; stop: () => Promise<void> }): void {
  let stopping = false
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) {
      log.warn('Stopped at once by a second signal', { signal })
      process.exit(1)
    }
    stopping = true
    log.info('Stopping', { signal })
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error('Could not stop cleanly', { err: error })
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
}

/** Runs a program's start; an error there is one log line and exit code 1, with the trace at debug level. */
export function startOrExit(
  main: () => Promise<void> | void,
  log: Log = createLog({ level: 'info', format: 'logfmt' }),
): void {
  const fail = (error: unknown): void => {
    log.error('Could not start', { err: error })
    if (error instanceof Error) log.debug('Where it failed', { stack: error.stack })
    process.exit(1)
  }
  try {
    main()?.catch(fail)
  } catch (error) {
    fail(error)
  }
}
