/** The version that every program of this package shows. */
import manifest from '../package.json' with { type: 'json' }

export const version: string = manifest.version
