/** The names of PCI devices, in the database that distributions ship as pci.ids. */

export type PciNames = {
  vendor(vendor: string): string
  device(vendor: string, device: string): string
  subsystem(vendor: string, device: string, subvendor: string, subdevice: string): string
  /** Six digits: class, subclass, programming interface. */
  deviceClass(id: string): string
}

/** Parses the database. Ids are four hexadecimal digits, lower case; what is unknown is its own name. */
export function parsePciIds(text: string): PciNames {
  const names = new Map<string, string>()
  // The ids of the lines that this one is below of: vendor and device, or class and subclass.
  let path: string[] = []
  for (const line of text.split('\n')) {
    const [, tabs = '', prefix = '', ids = '', name] =
      /^(\t{0,2})(C )?([0-9a-f]{2,4}(?: [0-9a-f]{4})?) {2}(.*)$/i.exec(line) ?? []
    if (name === undefined) continue
    path = [...path.slice(0, tabs.length), (prefix + ids).toLowerCase()]
    names.set(path.join(' '), name.trim())
  }
  return {
    vendor: (vendor) => names.get(vendor) ?? vendor,
    device: (vendor, device) => names.get(`${vendor} ${device}`) ?? device,
    subsystem: (vendor, device, subvendor, subdevice) =>
      names.get(`${vendor} ${device} ${subvendor} ${subdevice}`) ?? subdevice,
    deviceClass(id) {
      const parts = [id.slice(0, 2), id.slice(2, 4), id.slice(4, 6)]
      for (const length of [3, 2, 1]) {
        const name = names.get(`c ${parts.slice(0, length).join(' ')}`)
        if (name !== undefined) return name
      }
      return `Unknown class (${id})`
    },
  }
}
