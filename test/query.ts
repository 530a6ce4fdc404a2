/** Asks a Prometheus-speaking server, ours or theirs, for an instant value. */

type Sample = { readonly metric: Record<string, string>; readonly value: [number, string] }

/** The samples of an instant query; throws with the server's own words when it refuses. */
export async function queryInstant(url: string, query: string): Promise<Sample[]> {
  const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`)
  const body = (await answer.json()) as { data?: { result: Sample[] }; error?: string }
  if (body.data === undefined) throw new Error(`${query}: ${body.error}`)
  return body.data.result
}
