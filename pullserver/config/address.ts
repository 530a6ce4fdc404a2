/** What `__address__` may look like: host:port, with no scheme and no path. */

/** The reason why a target with this address cannot be scraped, in Prometheus' words. */
export function addressProblem(address: string): string | undefined {
  if (address === '') return 'no address'
  if (address.includes('/')) return `${JSON.stringify(address)} is not a valid hostname`
  return undefined
}
