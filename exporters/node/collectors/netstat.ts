/** Protocol counters of the network stack: the fields of net/netstat, snmp and snmp6 a flag selects. */

import { family } from '../../../shared/exposition/declare.ts'
import type { Series } from '../../../shared/exposition/registry.ts'
import { defineCollector } from '../collector.ts'
import { KeyTable } from '../key-table.ts'
import { Words } from '../words.ts'

/** For each column of a line of names its series, or undefined where nobody wants it. */
type Columns = readonly (Series | undefined)[]

export default defineCollector({
  name: 'netstat',
  enabled: true,
  help: 'Selected fields of /proc/net/netstat, snmp and snmp6.',
  flags: {
    fields: {
      help: 'Regexp of the fields to show, written <protocol>_<field>.',
      default:
        '^(.*_(InErrors|InErrs)|Ip_Forwarding|Ip(6|Ext)_(InOctets|OutOctets)|Icmp6?_(InMsgs|OutMsgs)' +
        '|TcpExt_(Listen.*|Syncookies.*|TCPSynRetrans|TCPTimeouts|TCPOFOQueue|TCPRcvQDrop)' +
        '|Tcp_(ActiveOpens|InSegs|OutSegs|OutRsts|PassiveOpens|RetransSegs|CurrEstab)' +
        '|Udp6?_(InDatagrams|OutDatagrams|NoPorts|RcvbufErrors|SndbufErrors))$',
    },
  },
  families: [fieldFamily('<protocol>', '<field>')],
  start({ out, regexp }) {
    const wanted = regexp('fields')
    const select = (protocol: string, field: string): Series | undefined =>
      wanted.test(`${protocol}_${field}`) ? out.series(fieldFamily(protocol, field)) : undefined
    return {
      lines: new KeyTable((line) => selectColumns(line, select)),
      snmp6: new KeyTable((name) => selectName(name, select)),
    }
  },
  collect({ host, state }) {
    readPairs(new Words(host.proc('net/netstat')), state.lines)
    readPairs(new Words(host.proc('net/snmp')), state.lines)
    const snmp6 = host.procIfAny('net/snmp6') // absent without IPv6
    if (snmp6 !== undefined) readSnmp6(new Words(snmp6), state.snmp6)
  },
})

function fieldFamily(protocol: string, field: string) {
  const name = `node_netstat_${protocol}_${field}`
  return family('unknown', name, `Field ${field} of protocol ${protocol} in /proc/net.`, [])
}

type Select = (protocol: string, field: string) => Series | undefined

function selectColumns(line: string, select: Select): Columns {
  const [protocol = '', ...fields] = line.split(' ')
  return fields.map((field) => select(protocol.replace(/:$/, ''), field))
}

/** `Ip6InReceives` is field `InReceives` of protocol `Ip6`. */
function selectName(name: string, select: Select): Series | undefined {
  const six = name.indexOf('6') + 1
  return six === 0 ? undefined : select(name.slice(0, six), name.slice(six))
}

/** Pairs of lines, the names and then the numbers. A whole line of names is one key. */
function readPairs(words: Words, lines: KeyTable<Columns>): void {
  while (words.hasMore) {
    const start = words.at
    words.nextLine()
    const columns = lines.at(words.bytes, start, words.at - 1)
    words.toWordEnd() // the protocol again
    for (const series of columns) {
      const value = words.number()
      series?.set(value)
    }
    if (words.toWord()) throw new SyntaxError(`more numbers than names at ${words.word()}`)
    words.nextLine()
  }
}

function readSnmp6(words: Words, names: KeyTable<Series | undefined>): void {
  for (; words.hasMore; words.nextLine()) {
    if (!words.toWord()) continue
    const start = words.at
    const series = names.at(words.bytes, start, words.toWordEnd())
    if (series !== undefined) series.set(words.number())
  }
}
