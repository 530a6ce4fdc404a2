/** The collectors, in the order of their names. A new one gets its line here. */

import type { Collector } from '../collector.ts'
import cpu from './cpu.ts'
import diskstats from './diskstats.ts'
import filesystem from './filesystem.ts'
import loadavg from './loadavg.ts'
import meminfo from './meminfo.ts'
import netdev from './netdev.ts'
import netstat from './netstat.ts'
import os from './os.ts'
import pressure from './pressure.ts'
import sockstat from './sockstat.ts'
import stat from './stat.ts'
import textfile from './textfile.ts'
import time from './time.ts'
import uname from './uname.ts'
import vmstat from './vmstat.ts'

export const collectors: readonly Collector[] = [
  cpu,
  diskstats,
  filesystem,
  loadavg,
  meminfo,
  netdev,
  netstat,
  os,
  pressure,
  sockstat,
  stat,
  textfile,
  time,
  uname,
  vmstat,
]
