import type { Ground } from '../registry/context.ts'
import { invalid } from '../registry/errors.ts'
import type { AdmissionChange } from '../registry/registry.ts'
import { type Fields, fieldsAt, isFields, listAt } from '../types.ts'

/** Gives new Services an address of 10.96.0.0/16, and node ports where their type needs them. */
export function createAllocator(ground: Ground): (change: AdmissionChange) => void {
  let next = 20
  let port = 30_100
  return ({ resource, after }) => {
    const spec = fieldsAt(after, 'spec')
    if (spec['type'] === 'ExternalName') return
    const taken = new Set(ground.storage.list('services').map((service) => fieldsAt(service, 'spec')['clusterIP']))
    const asked = spec['clusterIP']
    if (typeof asked === 'string' && asked !== '' && asked !== 'None' && taken.has(asked)) {
      throw invalid(resource, after.metadata.name, [
        {
          type: 'FieldValueInvalid',
          field: 'spec.clusterIPs',
          value: [asked],
          detail: `failed to allocate IP ${asked}: provided IP is already allocated`,
        },
      ])
    }
    if (typeof asked !== 'string' || asked === '') {
      do next++
      while (taken.has(addressOf(next)))
      spec['clusterIP'] = addressOf(next)
    }
    spec['clusterIPs'] = [spec['clusterIP']]
    spec['ipFamilies'] ??= ['IPv4']
    spec['ipFamilyPolicy'] ??= 'SingleStack'
    if (spec['type'] === 'ClusterIP') return
    for (const entry of listAt(spec, 'ports')) if (isFields(entry)) nodePort(entry, () => ++port)
  }
}

const addressOf = (number: number): string => `10.96.${Math.floor(number / 250) % 250}.${(number % 250) + 1}`

function nodePort(entry: Fields, next: () => number): void {
  entry['nodePort'] ??= next()
}
