/** The bits by which a driver says what its port can do: linux/ethtool.h, the first 32 link modes. */

/** Speeds, as the bit, megabits a second, what follows `base`, and the duplex. */
export const speeds: readonly (readonly [
  bit: number,
  megabits: number,
  medium: string,
  duplex: 'half' | 'full',
])[] = [
  [0, 10, 'T', 'half'],
  [1, 10, 'T', 'full'],
  [2, 100, 'T', 'half'],
  [3, 100, 'T', 'full'],
  [4, 1000, 'T', 'half'],
  [5, 1000, 'T', 'full'],
  [12, 10_000, 'T', 'full'],
  [17, 1000, 'KX', 'full'],
  [18, 10_000, 'KX4', 'full'],
  [19, 10_000, 'KR', 'full'],
  [20, 10_000, 'R_FEC', 'full'],
  [21, 20_000, 'MLD2', 'full'],
  [22, 20_000, 'KR2', 'full'],
  [23, 40_000, 'KR4', 'full'],
  [24, 40_000, 'CR4', 'full'],
  [25, 40_000, 'SR4', 'full'],
  [26, 40_000, 'LR4', 'full'],
  [27, 56_000, 'KR4', 'full'],
  [28, 56_000, 'CR4', 'full'],
  [29, 56_000, 'SR4', 'full'],
  [30, 56_000, 'LR4', 'full'],
  [31, 25_000, 'CR', 'full'],
]

/** Kinds of ports, by their bit. */
export const ports: readonly (readonly [bit: number, type: string])[] = [
  [7, 'TP'],
  [8, 'AUI'],
  [9, 'MII'],
  [10, 'FIBRE'],
  [11, 'BNC'],
  [16, 'Backplane'],
]

export const autonegotiation = 6
export const pause = 13
export const asymmetricPause = 14

export function hasMode(modes: number, bit: number): boolean {
  return ((modes >>> bit) & 1) === 1
}
