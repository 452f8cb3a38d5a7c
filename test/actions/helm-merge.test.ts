import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { merged, opsBetween } from '../../src/actions/change/helm/merge.ts'
import { jsonPatch } from '../../src/demo/cluster/registry/json-patch.ts'
import { canonical } from '../../src/domain/canonical.ts'
import { firstMissing } from '../../src/domain/contains.ts'

const name = fc.constantFrom('app', 'proxy', 'init', 'x~/y')
const value = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom('a', 'b', '100m'))
const env = fc.uniqueArray(fc.record({ name, value }), { selector: (one) => one.name, maxLength: 3 })
const container = fc.record(
  { name, image: value, env, args: fc.array(value, { maxLength: 2 }) },
  { requiredKeys: ['name'] },
)
const containers = fc.uniqueArray(container, { selector: (one) => one.name, maxLength: 3 })
const labels = fc.dictionary(name, value, { maxKeys: 3 })
const object = fc.record({ labels, containers, replicas: value }, { requiredKeys: [] })
const copy = (one: unknown): never => JSON.parse(JSON.stringify(one)) as never

describe('the merge of a Helm rollback', () => {
  it('holds all that is wanted, keeps what others added by name, and its operations make just that', () => {
    fc.assert(
      fc.property(object, object, object, (before, wanted, live) => {
        const then = merged(before, wanted, live)
        expect(firstMissing(wanted, then)).toBeUndefined()
        for (const [key, here] of Object.entries(live.labels ?? {}))
          if (before.labels?.[key] === undefined && wanted.labels?.[key] === undefined && wanted.labels !== undefined)
            expect((then as typeof live).labels?.[key]).toBe(here)
        expect(canonical(jsonPatch(copy(live), opsBetween(live, then) as never))).toBe(canonical(then))
        expect(canonical(merged(before, wanted, then))).toBe(canonical(then))
      }),
      { numRuns: 500 },
    )
  })

  it('changes nothing where all is so already, in whatever spelling', () => {
    const live = { cpu: '500m', ports: [{ containerPort: 80, protocol: 'TCP' }], args: ['a'], more: 1 }
    expect(merged({}, { cpu: 0.5, ports: [{ containerPort: 80 }], args: ['a'] }, live)).toEqual(live)
  })

  it('tells ports apart by their protocol too', () => {
    const both = [
      { port: 53, protocol: 'TCP' },
      { port: 53, protocol: 'UDP' },
    ]
    expect(merged({ ports: both }, { ports: [{ port: 53, protocol: 'UDP' }] }, { ports: both })).toEqual({
      ports: [{ port: 53, protocol: 'UDP' }],
    })
  })
})
