import { spawnSync } from 'node:child_process'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { deflatePiece, gzipPage, joinGzip } from '../../../shared/exposition/gzip.ts'

test('a page is one gzip member whatever its size', async () => {
  for (const size of [0, 1, 1000, 256 * 1024, 256 * 1024 + 1, 3_000_000]) {
    const page = Buffer.from('node_load1 0.25\n'.repeat(size / 16 + 1).slice(0, size))
    const packed = gzipPage(page)
    expect(packed instanceof Promise).toBe(size > 256 * 1024)
    expect(gunzipSync(await packed).equals(page)).toBe(true)
  }
})

test('joined pieces read as their texts one after the other', () => {
  const pieces = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '\n', '0', 'é') }))
  fc.assert(
    fc.property(pieces, (texts) => {
      const joined = Buffer.concat(joinGzip(texts.map((text) => deflatePiece(Buffer.from(text)))))
      expect(gunzipSync(joined).toString()).toBe(texts.join(''))
    }),
  )
})

test('gzip(1) reads joined pieces of many sizes, checksum included', () => {
  const texts = Array.from({ length: 20 }, (_, index) => `line ${index} `.repeat(index * 997))
  const joined = Buffer.concat(joinGzip(texts.map((text) => deflatePiece(Buffer.from(text)))))
  const { status, stdout, stderr } = spawnSync('gzip', ['-dc'], { input: joined, maxBuffer: 1e8 })
  expect({ status, stderr: String(stderr) }).toEqual({ status: 0, stderr: '' })
  expect(String(stdout)).toBe(texts.join(''))
})
