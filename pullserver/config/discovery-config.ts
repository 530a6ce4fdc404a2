/** The service discoveries that Prometheus has and this release has not. file_sd_configs is the bridge. */
import { type Reader, unsupported } from './fields.ts'

const names = [
  'azure',
  'consul',
  'digitalocean',
  'dns',
  'docker',
  'dockerswarm',
  'ec2',
  'eureka',
  'gce',
  'hetzner',
  'http',
  'ionos',
  'kubernetes',
  'kuma',
  'lightsail',
  'linode',
  'marathon',
  'nerve',
  'nomad',
  'openstack',
  'ovhcloud',
  'puppetdb',
  'scaleway',
  'serverset',
  'stackit',
  'triton',
  'uyuni',
  'vultr',
] as const

type FieldName = `${(typeof names)[number]}_sd_configs`

export const discoveryReaders = Object.fromEntries(
  names.map((name) => {
    const field = `${name}_sd_configs`
    return [
      field,
      unsupported(
        field,
        'list the targets in a file that file_sd_configs names, and let a script write it',
      ),
    ]
  }),
) as Record<FieldName, Reader<never>>
