import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { ConfigError, loadConfig, parseConfig } from '../../../pullserver/config/load.ts'
import { temporaryFolder } from '../../temporary-folder.ts'

/** One job called a, with these lines (two spaces are added) below its name in line 2. */
function job(...lines: string[]): string {
  return ['scrape_configs:', '- job_name: a', ...lines.map((line) => `  ${line}`), ''].join('\n')
}

function rule(...lines: string[]): string {
  return job(
    'relabel_configs:',
    ...lines.map((line, index) => `${index === 0 ? '- ' : '  '}${line}`),
  )
}

function refuse(text: string, ...expected: string[]): void {
  let found: readonly string[] = []
  try {
    parseConfig(text, 'p.yml')
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    found = error.problems
  }
  const located = expected.map((problem) => `p.yml:${problem}`)
  expect({ text, found }).toEqual({ text, found: located })
}

function warn(text: string, ...expected: string[]): void {
  const found = parseConfig(text, 'p.yml').warnings
  expect({ text, found }).toEqual({ text, found: expected.map((warning) => `p.yml:${warning}`) })
}

test('an empty configuration has the defaults', () => {
  const { global, scrapeConfigs } = parseConfig('', 'p.yml')
  expect(scrapeConfigs).toEqual([])
  expect(global).toMatchObject({
    scrapeIntervalMs: 60_000,
    scrapeTimeoutMs: 10_000,
    evaluationIntervalMs: 60_000,
    externalLabels: [],
  })
})

test('a job has the defaults and what global says', () => {
  const text = `global: {scrape_interval: 5s, sample_limit: 7, body_size_limit: 10MB}\n${job()}`
  expect(parseConfig(text, 'p.yml').scrapeConfigs[0]).toEqual({
    jobName: 'a',
    intervalMs: 5000,
    timeoutMs: 5000,
    metricsPath: '/metrics',
    scheme: 'http',
    params: {},
    honorLabels: false,
    honorTimestamps: true,
    trackTimestampsStaleness: false,
    protocols: [
      'OpenMetricsText1.0.0',
      'OpenMetricsText0.0.1',
      'PrometheusText1.0.0',
      'PrometheusText0.0.4',
    ],
    escaping: 'allow-utf-8',
    enableCompression: true,
    extraScrapeMetrics: false,
    limits: {
      bodyBytes: 10 * 1024 * 1024,
      samples: 7,
      targets: 0,
      labels: 0,
      labelNameBytes: 0,
      labelValueBytes: 0,
      keptDroppedTargets: 0,
    },
    http: { tls: { insecureSkipVerify: false }, followRedirects: true, headers: {} },
    relabelConfigs: [],
    metricRelabelConfigs: [],
    staticConfigs: [],
    fileSdConfigs: [],
  })
})

test('a job sets its own values', () => {
  const [config] = parseConfig(
    job(
      'scrape_interval: 1m30s',
      'scrape_timeout: 20s',
      'scheme: https',
      'honor_labels: yes',
      'params: {"collect[]": [cpu, meminfo]}',
      'static_configs: [{targets: ["h:1"], labels: {on: yes, n: 017}}]',
      'basic_auth: {username: u, password: geheim}',
      'fallback_scrape_protocol: PrometheusText0.0.4',
    ),
    'p.yml',
  ).scrapeConfigs
  expect(config).toMatchObject({
    intervalMs: 90_000,
    timeoutMs: 20_000,
    scheme: 'https',
    honorLabels: true,
    params: { 'collect[]': ['cpu', 'meminfo'] },
    staticConfigs: [{ targets: ['h:1'], labels: { on: 'yes', n: '017' } }],
    http: {
      credentials: { kind: 'basic', username: { text: 'u' }, password: { text: 'geheim' } },
    },
    fallbackProtocol: 'PrometheusText0.0.4',
  })
})

test('all problems come at once, in the order of the file', () => {
  refuse(
    [
      'global:',
      '  scrape_intervall: 5s',
      '  scrape_timeout: 2m',
      'scrape_configs:',
      '- job_name: a',
      '  honor_labels: maybe',
      '  scrape_interval: 5',
      '- job_name: a',
      '- scheme: ftp',
      '',
    ].join('\n'),
    '2:3: field scrape_intervall not found in global; did you mean scrape_interval?',
    '3:19: global scrape timeout greater than scrape interval',
    '6:17: cannot unmarshal !!str `maybe` into bool; want true or false',
    '7:20: not a valid duration string: "5"; a unit is missing, as in "5s"',
    '8:13: found multiple scrape configs with job name "a"',
    '9:3: job_name is empty',
    '9:11: "ftp" is none of http, https',
  )
})

test('a job with contradictions is refused', () => {
  refuse(
    job('scrape_interval: 1s', 'scrape_timeout: 2s'),
    '4:19: scrape timeout greater than scrape interval for scrape config with job name "a"',
  )
  refuse(
    job('static_configs: [{targets: ["http://x/", ""]}]'),
    '3:31: "http://x/" is not a valid hostname',
    '3:44: no address',
  )
  refuse('scrape_configs:\n-\n', '2:2: empty or null scrape config section')
  refuse('scrape_configs: 5\n', '1:17: cannot unmarshal !!str `5` into a list')
  refuse('- a\n', '1:1: cannot unmarshal !!seq into the configuration (a map)')
  refuse(job('body_size_limit: 10'), '3:20: not a valid size: "10"; want for example 512KB or 10MB')
  refuse(
    job('sample_limit: -1'),
    '3:17: cannot unmarshal !!str `-1` into uint; want a whole number, 0 or more',
  )
  refuse(
    'a: [\n',
    '2:1: yaml: flow sequence in block collection must be sufficiently indented and end with a ]',
  )
})

test('an address may be odd when rules can repair it', () => {
  const text = job(
    'static_configs: [{targets: ["http://x/"]}]',
    'relabel_configs: [{target_label: __address__, replacement: x}]',
  )
  expect(parseConfig(text, 'p.yml').scrapeConfigs).toHaveLength(1)
})

test('a section of Prometheus that this release has not is refused, not ignored', () => {
  refuse(
    'rule_files: [a.yml]\nremote_write:\n- url: http://x\n',
    '1:13: rule_files is not supported in this release; remove it and keep recording and alerting rules in another Prometheus for now',
    '3:1: remote_write is not supported in this release; remove it; the data of this server is read over its HTTP API',
  )
  refuse(
    job('kubernetes_sd_configs: [{role: pod}]'),
    '3:26: kubernetes_sd_configs is not supported in this release; list the targets in a file that file_sd_configs names, and let a script write it',
  )
  refuse(
    job('oauth2: {client_id: x}'),
    '3:11: oauth2 is not supported in this release; use authorization with a credentials_file that is kept fresh',
  )
})

test('the sections that the packaged prometheus.yml leaves empty ask for nothing', () => {
  const text = `alerting:
  alertmanagers:
    - static_configs:
        - targets:
          # - alertmanager:9093
rule_files:
  # - "first_rules.yml"
scrape_configs:
  - job_name: "prometheus"
    static_configs:
      - targets: ["localhost:9090"]
        labels:
          app: "prometheus"
`
  warn(text)
})

test('settings without effect are warned of', () => {
  warn(
    `global: {scrape_native_histograms: true}\n${job('scrape_interval: 10m', 'enable_http2: false')}`,
    '1:36: scrape_native_histograms has no effect: native histograms are not scraped, classic ones always are',
    '4:20: scrape_interval 10m is longer than the query lookback of 5m: graphs will have gaps',
  )
})

test('external labels, and only they, take values from the environment', () => {
  const text = `global: {external_labels: {b: "\${HOST}-$NO-$$x", a: $HOST, c: $NO}}\n`
  const config = parseConfig(text, 'p.yml', { HOST: 'h' })
  expect(config.global.externalLabels).toEqual([
    { name: 'a', value: 'h' },
    { name: 'b', value: 'h--$x' },
  ])
  expect(config.warnings).toEqual(['p.yml:1:27: empty environment variable NO'])
})

test('secrets are blanked in the text that is shown', () => {
  const text = job(
    'basic_auth: {username: u, password: "ge#heim"} # mine',
    'http_headers: {X-Key: {secrets: [s1, s2], values: [v]}}',
  )
  expect(parseConfig(text, 'p.yml').text).toBe(
    job(
      'basic_auth: {username: u, password: <secret>} # mine',
      'http_headers: {X-Key: {secrets: [<secret>, <secret>], values: [v]}}',
    ),
  )
})

test('credentials are given in one way only', () => {
  refuse(
    job(
      'basic_auth: {username: u, password: p, password_file: f}',
      'authorization: {credentials: c}',
    ),
    '3:57: at most one of basic_auth password & password_file must be configured',
    '4:18: at most one of basic_auth, authorization & bearer_token must be configured',
  )
  refuse(
    job('authorization: {type: Basic, credentials: c}'),
    '3:25: authorization type cannot be set to "basic", use "basic_auth" instead',
  )
  refuse(
    job('tls_config: {ca_file: /nonexistent/ca.pem, cert: x}'),
    `3:25: unable to read ca_file "/nonexistent/ca.pem": ENOENT: no such file or directory, open '/nonexistent/ca.pem'`,
    '3:52: exactly one of key or key_file must be configured when a client certificate is configured',
  )
})

test('relabel rules are checked as in Prometheus', () => {
  refuse(rule('action: frob'), '4:13: unknown relabel action "frob"')
  refuse(
    rule('regex: "(a"', 'target_label: x'),
    '4:12: error parsing regexp: missing closing ): `(a`',
  )
  refuse(
    rule('action: hashmod', 'target_label: x'),
    '4:13: relabel configuration for hashmod requires non-zero modulus',
  )
  refuse(
    rule('source_labels: [a]'),
    "4:5: relabel configuration for replace action requires 'target_label' value",
  )
  refuse(
    rule('action: labeldrop', 'regex: x', 'separator: ","'),
    "6:16: labeldrop action requires only 'regex', and no other fields",
  )
  refuse(
    rule('action: keepequal', 'target_label: x', 'regex: x'),
    "6:12: keepequal action requires only 'source_labels' and `target_label`, and no other fields",
  )
  refuse(
    rule('action: Uppercase', 'target_label: x', 'replacement: x'),
    "6:18: 'replacement' can not be set for uppercase action",
  )
  refuse(job('relabel_configs:', '-'), '4:4: empty or null target relabeling rule in scrape config')
})

test('file_sd_configs name files beside the configuration', () => {
  const text = job('file_sd_configs: [{files: ["t/*.json", /abs/a.yml], refresh_interval: 1m}]')
  expect(parseConfig(text, '/etc/p/p.yml').scrapeConfigs[0]?.fileSdConfigs).toEqual([
    { files: ['/etc/p/t/*.json', '/abs/a.yml'], refreshIntervalMs: 60_000 },
  ])
  refuse(
    job('file_sd_configs:', '- files: [a.txt, "*/a.json"]', '- refresh_interval: 1m'),
    '4:13: path name "a.txt" is not valid for file discovery',
    '4:20: path name "*/a.json" is not valid for file discovery',
    '5:5: file service discovery config must contain at least one path name',
  )
})

test('a file that is not there is one clear line', () => {
  using folder = temporaryFolder()
  const file = path.join(folder.path, 'prometheus.yml')
  expect(() => loadConfig(file)).toThrow(
    `${file}: cannot read the configuration (ENOENT: no such file or directory, open '${file}'); write the file or name another one with --config.file`,
  )
  writeFileSync(file, job())
  expect(loadConfig(file).scrapeConfigs).toHaveLength(1)
})
