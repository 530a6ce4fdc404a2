/** Writes the prometheus.yml of the demonstration: the four programs as targets. */

/** @param targets job name and host:port of each */
export function prometheusConfig(targets: readonly (readonly [string, string])[]): string {
  const jobs = targets.map(
    ([name, address]) => `  - job_name: ${name}
${name === 'pushgateway' ? honorLabels : ''}    static_configs:
      - targets: ["${address}"]
`,
  )
  return `# Written by npm start at each start; copy it to make it yours.
global:
  scrape_interval: 5s

scrape_configs:
${jobs.join('\n')}`
}

const honorLabels = `    # A pushed sample keeps the job and instance that its batch job gave it.
    honor_labels: true
`
