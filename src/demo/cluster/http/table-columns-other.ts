import { type Fields, fieldsAt, isFields, type KubeObject, listAt } from '../types.ts'
import { age, type Column, column, name, wide } from './table-column.ts'

const spec = (object: KubeObject): Fields => fieldsAt(object, 'spec')
const status = (object: KubeObject): Fields => fieldsAt(object, 'status')
const own = (object: KubeObject): Fields => fieldsAt({ object }, 'object')

/** Columns of the kinds that are looked at less often. */
export const otherTables: Readonly<Record<string, readonly Column[]>> = {
  endpoints: [name, column('Endpoints', endpoints), age],
  resourcequotas: [
    name,
    column('Request', (object) => quota(object, false)),
    column('Limit', (object) => quota(object, true)),
    age,
  ],
  'leases.coordination.k8s.io': [name, column('Holder', (object) => spec(object)['holderIdentity'] ?? ''), age],
  'storageclasses.storage.k8s.io': [
    column('Name', (object) =>
      object.metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true'
        ? `${object.metadata.name} (default)`
        : object.metadata.name,
    ),
    column('Provisioner', (object) => own(object)['provisioner']),
    column('ReclaimPolicy', (object) => own(object)['reclaimPolicy'] ?? 'Delete'),
    column('VolumeBindingMode', (object) => own(object)['volumeBindingMode'] ?? '<unset>'),
    column('AllowVolumeExpansion', (object) => own(object)['allowVolumeExpansion'] ?? false),
    age,
  ],
  'ingresses.networking.k8s.io': [
    name,
    column('Class', (object) => spec(object)['ingressClassName'] ?? '<none>'),
    column('Hosts', hosts),
    column('Address', (object) =>
      listAt(fieldsAt(status(object), 'loadBalancer'), 'ingress')
        .map((entry) => fieldsAt({ entry }, 'entry')['ip'] ?? fieldsAt({ entry }, 'entry')['hostname'])
        .join(','),
    ),
    column('Ports', (object) => (listAt(spec(object), 'tls').length > 0 ? '80, 443' : '80')),
    age,
  ],
  'networkpolicies.networking.k8s.io': [
    name,
    column('Pod-Selector', (object) => labels(fieldsAt(spec(object), 'podSelector'))),
    age,
  ],
  persistentvolumes: [
    name,
    column('Capacity', (object) => fieldsAt(spec(object), 'capacity')['storage'] ?? ''),
    column('Access Modes', (object) =>
      listAt(spec(object), 'accessModes')
        .map((mode) =>
          String(mode).replace('ReadWriteOnce', 'RWO').replace('ReadOnlyMany', 'ROX').replace('ReadWriteMany', 'RWX'),
        )
        .join(','),
    ),
    column('Reclaim Policy', (object) => spec(object)['persistentVolumeReclaimPolicy']),
    column('Status', (object) =>
      object.metadata.deletionTimestamp === undefined ? status(object)['phase'] : 'Terminating',
    ),
    column('Claim', (object) =>
      spec(object)['claimRef'] === undefined
        ? ''
        : `${fieldsAt(spec(object), 'claimRef')['namespace']}/${fieldsAt(spec(object), 'claimRef')['name']}`,
    ),
    column('StorageClass', (object) => spec(object)['storageClassName'] ?? ''),
    column('VolumeAttributesClass', () => '<unset>'),
    column('Reason', (object) => status(object)['reason'] ?? ''),
    age,
    wide('VolumeMode', (object) => spec(object)['volumeMode'] ?? '<unset>'),
  ],
}

function endpoints(object: KubeObject): string {
  const all = listAt(object, 'subsets').flatMap((subset) =>
    listAt(subset, 'ports').flatMap((port) =>
      listAt(subset, 'addresses').map(
        (address) => `${fieldsAt({ address }, 'address')['ip']}:${fieldsAt({ port }, 'port')['port']}`,
      ),
    ),
  )
  if (all.length === 0) return '<none>'
  return all.length > 3 ? `${all.slice(0, 3).join(',')} + ${all.length - 3} more...` : all.join(',')
}

function quota(object: KubeObject, limits: boolean): string {
  const [hard, used] = [fieldsAt(status(object), 'hard'), fieldsAt(status(object), 'used')]
  const names = Object.keys(hard)
    .filter((entry) => entry.startsWith('limits.') === limits)
    .sort()
  return names.map((entry) => `${entry}: ${used[entry]}/${hard[entry]}`).join(', ')
}

function hosts(object: KubeObject): string {
  const all = listAt(spec(object), 'rules').flatMap((rule) =>
    isFields(rule) && rule['host'] ? [String(rule['host'])] : [],
  )
  if (all.length === 0) return '*'
  return all.length > 3 ? `${all.slice(0, 3).join(',')} + ${all.length - 3} more...` : all.join(',')
}

function labels(selector: Fields): string {
  const parts = Object.entries(fieldsAt(selector, 'matchLabels'))
    .sort()
    .map(([key, value]) => `${key}=${value}`)
  return parts.length === 0 ? '<none>' : parts.join(',')
}
