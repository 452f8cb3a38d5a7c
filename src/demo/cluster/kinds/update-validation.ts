import type { FieldError } from '../registry/errors.ts'
import { type Fields, fieldsAt, isFields, listAt, type OpenObject, same } from '../types.ts'
import { refused, wrong } from './pod-validation.ts'
import { validate } from './validation.ts'

const immutableText = 'field is immutable'

/** Everything wrong with an update: what no update may do, what every object of the kind must hold, what this kind's may not do. */
export function validateUpdate(before: OpenObject, after: OpenObject): FieldError[] {
  return [...immutableMeta(before, after), ...validate(after), ...byKind(before, after)]
}

function immutableMeta(before: OpenObject, after: OpenObject): FieldError[] {
  const fields = ['uid', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const
  return fields.flatMap((field) => {
    const value = after.metadata[field]
    if (same(value, before.metadata[field])) return []
    const error = wrong(`metadata.${field}`, value, immutableText)
    return [error, error]
  })
}

function byKind(before: OpenObject, after: OpenObject): FieldError[] {
  const [old, spec] = [fieldsAt(before, 'spec'), fieldsAt(after, 'spec')]
  switch (after.kind) {
    case 'Deployment':
    case 'ReplicaSet':
    case 'DaemonSet':
      return fixed(old, spec, ['selector'])
    case 'StatefulSet':
      return statefulSet(old, spec)
    case 'Job':
      return fixed(old, spec, ['completions', 'selector', 'template', 'completionMode'])
    case 'Pod':
      return pod(old, spec)
    case 'PersistentVolumeClaim':
      return claim(before, old, spec)
    case 'Service':
      return clusterIp(old, spec)
    case 'StorageClass':
      return ['provisioner', 'parameters', 'reclaimPolicy', 'volumeBindingMode'].flatMap((field) =>
        same(before[field], after[field]) ? [] : [refused(field, `updates to ${field} are forbidden.`)],
      )
    case 'ConfigMap':
    case 'Secret':
      return frozenData(before, after)
    case 'RoleBinding':
    case 'ClusterRoleBinding':
      return same(before['roleRef'], after['roleRef'])
        ? []
        : [wrong('roleRef', after['roleRef'], 'cannot change roleRef')]
    default:
      return []
  }
}

function fixed(old: Fields, spec: Fields, fields: readonly string[]): FieldError[] {
  return fields.flatMap((field) =>
    same(old[field], spec[field]) ? [] : [wrong(`spec.${field}`, spec[field], immutableText)],
  )
}

function statefulSet(old: Fields, spec: Fields): FieldError[] {
  const free = new Set([
    'replicas',
    'ordinals',
    'template',
    'updateStrategy',
    'revisionHistoryLimit',
    'persistentVolumeClaimRetentionPolicy',
    'minReadySeconds',
  ])
  const keys = new Set([...Object.keys(old), ...Object.keys(spec)])
  const changed = [...keys].some((key) => !free.has(key) && !same(old[key], spec[key]))
  if (!changed) return []
  const names =
    "'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds'"
  return [refused('spec', `updates to statefulset spec for fields other than ${names} are forbidden`)]
}

const podText =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n'

function pod(old: Fields, spec: Fields): FieldError[] {
  if (same(comparable(old), comparable(spec))) return []
  return [refused('spec', podText)]
}

function comparable(spec: Fields): Fields {
  const withoutImages = (key: string): unknown[] =>
    listAt(spec, key).map((container) => (isFields(container) ? { ...container, image: '' } : container))
  return {
    ...spec,
    containers: withoutImages('containers'),
    initContainers: withoutImages('initContainers'),
    activeDeadlineSeconds: undefined,
    tolerations: undefined,
  }
}

const claimText =
  'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n'

function claim(before: OpenObject, old: Fields, spec: Fields): FieldError[] {
  const bound = fieldsAt(before, 'status')['phase'] === 'Bound'
  const binds = old['volumeName'] === undefined && spec['volumeName'] !== undefined
  const open = (part: Fields): Fields => ({
    ...part,
    ...(bound ? { resources: undefined, volumeAttributesClassName: undefined } : {}),
    ...(binds ? { volumeName: undefined } : {}),
  })
  return same(open(old), open(spec)) ? [] : [refused('spec', claimText)]
}

function clusterIp(old: Fields, spec: Fields): FieldError[] {
  if (old['type'] === 'ExternalName' || spec['type'] === 'ExternalName' || same(old['clusterIP'], spec['clusterIP']))
    return []
  return [wrong('spec.clusterIPs[0]', [spec['clusterIP']], 'may not change once set')]
}

function frozenData(before: OpenObject, after: OpenObject): FieldError[] {
  if (before['immutable'] !== true) {
    const typeChanged = after.kind === 'Secret' && before['type'] !== after['type']
    return typeChanged ? [wrong('type', after['type'], immutableText)] : []
  }
  return ['data', 'binaryData', 'stringData'].flatMap((field) =>
    same(before[field], after[field]) ? [] : [refused(field, 'field is immutable when `immutable` is set')],
  )
}
