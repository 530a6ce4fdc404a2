/** The configuration in force: read at the start, read again on SIGHUP or /-/reload, kept when the new one is wrong. */
import type { Log } from '../shared/log.ts'
import { type Config, ConfigError, loadConfig } from './config/load.ts'

export type LiveConfig = {
  current(): Config
  /** Whether the last reading, of the start or a reload, succeeded. */
  lastReadSucceeded(): boolean
  /** When the configuration in force was read. */
  loadedMs(): number
  /** Reads the file again. Gives its problems; without any, the new configuration is in force. */
  reload(): readonly string[]
}

/** Throws ConfigError when the first reading fails: there is nothing yet that could be kept. */
export function openConfig(
  file: string,
  log: Log,
  onReload: (ok: boolean, config: Config, nowMs: number) => void,
): LiveConfig {
  const read = (): Config => {
    const config = loadConfig(file)
    for (const warning of config.warnings) log.warn('Configuration', { warning })
    return config
  }
  let current = read()
  let loadedMs = Date.now()
  let succeeded = true
  return {
    current: () => current,
    lastReadSucceeded: () => succeeded,
    loadedMs: () => loadedMs,
    reload() {
      try {
        current = read()
        loadedMs = Date.now()
        succeeded = true
        onReload(true, current, loadedMs)
        log.info('Configuration loaded again', { file })
        return []
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error
        succeeded = false
        onReload(false, current, Date.now())
        for (const problem of error.problems) log.error('Configuration kept as it was', { problem })
        return error.problems
      }
    },
  }
}
