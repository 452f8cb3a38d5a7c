import PbfWriter from 'pbf'
import { afterEach, describe, expect, it } from 'vitest'
import { f, int, list, map, message, text } from '../../src/snapshot/schema/shape.ts'
import { forgetShared, shared } from '../../src/snapshot/schema/shared.ts'

type Port = { readonly name?: string; readonly number?: number }
const port = message<Port>({ name: f(1, text), number: f(2, int) })
const holder = message<{ readonly ports?: readonly Port[]; readonly labels?: Readonly<Record<string, string>> }>({
  ports: f(1, list(shared(port))),
  labels: f(2, map(text)),
})

const written = (ports: readonly Port[], ahead = 0): PbfWriter => {
  const inner = new PbfWriter()
  for (const one of ports)
    inner.writeMessage(
      1,
      (value: Port, pbf) => {
        if (value.name !== undefined) pbf.writeStringField(1, value.name)
        if (value.number !== undefined) pbf.writeVarintField(2, value.number)
      },
      one,
    )
  const outer = new PbfWriter()
  for (let at = 0; at < ahead; at += 1) outer.writeVarint(0)
  outer.writeBytes(inner.finish())
  const reader = new PbfWriter(outer.finish())
  reader.pos = ahead
  return reader
}

afterEach(forgetShared)

describe('shared', () => {
  it('gives equal bytes the same object wherever they stand, and other bytes another', () => {
    const first = holder.wire(written([{ name: 'http', number: 8080 }, { name: 'metrics' }]), undefined)
    const second = holder.wire(written([{ name: 'http', number: 8080 }, { name: 'metricz' }], 3), undefined)
    expect(first?.ports).toEqual([{ name: 'http', number: 8080 }, { name: 'metrics' }])
    expect(second?.ports).toEqual([{ name: 'http', number: 8080 }, { name: 'metricz' }])
    expect(second?.ports?.[0]).toBe(first?.ports?.[0])
    expect(second?.ports).not.toBe(first?.ports)
  })

  it('keeps apart what two shapes read out of equal bytes', () => {
    const bytes = () => {
      const one = new PbfWriter()
      one.writeBytes(new Uint8Array([0x10, 0x05]))
      return new PbfWriter(one.finish())
    }
    const other = message<{ readonly count?: number }>({ count: f(2, int) })
    expect(shared(port).wire(bytes(), undefined)).toEqual({ number: 5 })
    expect(shared(other).wire(bytes(), undefined)).toEqual({ count: 5 })
  })

  it('reads ten thousand different ones right, however they fall into its places', () => {
    const ports = Array.from({ length: 10_000 }, (_, index) => ({ name: `p${index % 5_000}`, number: index % 7 }))
    expect(holder.wire(written(ports), undefined)?.ports).toEqual(ports)
  })

  it('holds nothing after it was told to forget', () => {
    const first = holder.wire(written([{ name: 'http' }]), undefined)
    forgetShared()
    expect(holder.wire(written([{ name: 'http' }]), undefined)?.ports?.[0]).not.toBe(first?.ports?.[0])
  })
})
