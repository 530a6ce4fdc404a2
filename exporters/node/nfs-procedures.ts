/** The procedures of NFS 2 and 3 in the order of their numbers; those of 4 differ by side. RFC 1094, 1813. */

export const procedures2: readonly string[] =
  'Null GetAttr SetAttr Root Lookup ReadLink Read WrCache Write Create Remove Rename Link SymLink MkDir RmDir ReadDir FsStat'.split(
    ' ',
  )

export const procedures3: readonly string[] =
  'Null GetAttr SetAttr Lookup Access ReadLink Read Write Create MkDir SymLink MkNod Remove RmDir Rename Link ReadDir ReadDirPlus FsStat FsInfo PathConf Commit'.split(
    ' ',
  )
