import type { Ground } from '../registry/context.ts'
import { forbidden } from '../registry/errors.ts'
import type { AdmissionChange } from '../registry/registry.ts'
import { type Fields, fieldsAt, isFields, listAt } from '../types.ts'

const mirror = 'kubernetes.io/config.mirror'

/** Service account with its token volume, priority, runtime class and the standard tolerations of a new pod. */
export function podDefaults(ground: Ground, change: AdmissionChange): void {
  const spec = fieldsAt(change.after, 'spec')
  if (change.after.metadata.annotations?.[mirror] === undefined) serviceAccount(ground, change, spec)
  priority(ground, change, spec)
  tolerations(spec)
  const runtime = spec['runtimeClassName']
  if (
    typeof runtime === 'string' &&
    ground.storage.get('runtimeclasses.node.k8s.io', undefined, runtime) === undefined
  ) {
    throw forbidden(change.resource, change.after.metadata.name, `pod rejected: RuntimeClass "${runtime}" not found`)
  }
}

function serviceAccount({ storage, randomName }: Ground, { resource, after }: AdmissionChange, spec: Fields): void {
  const namespace = after.metadata.namespace ?? ''
  const name =
    typeof spec['serviceAccountName'] === 'string' && spec['serviceAccountName'] !== ''
      ? spec['serviceAccountName']
      : 'default'
  spec['serviceAccountName'] = name
  spec['serviceAccount'] = name
  const account = storage.get('serviceaccounts', namespace, name)
  if (account === undefined) {
    throw forbidden(
      resource,
      after.metadata.name,
      `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`,
    )
  }
  const pullSecrets = listAt(account, 'imagePullSecrets')
  if (listAt(spec, 'imagePullSecrets').length === 0 && pullSecrets.length > 0) spec['imagePullSecrets'] = pullSecrets
  const wantsToken =
    spec['automountServiceAccountToken'] ?? fieldsAt({ account }, 'account')['automountServiceAccountToken'] ?? true
  if (wantsToken !== false) mountToken(spec, `kube-api-access-${randomName(5)}`)
}

const tokenPath = '/var/run/secrets/kubernetes.io/serviceaccount'

function mountToken(spec: Fields, volume: string): void {
  let mounted = false
  for (const container of [...listAt(spec, 'initContainers'), ...listAt(spec, 'containers')]) {
    if (!isFields(container)) continue
    const mounts = listAt(container, 'volumeMounts')
    if (mounts.some((mount) => isFields(mount) && mount['mountPath'] === tokenPath)) continue
    container['volumeMounts'] = [...mounts, { name: volume, readOnly: true, mountPath: tokenPath }]
    mounted = true
  }
  if (!mounted) return
  const sources = [
    { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
    { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    {
      downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] },
    },
  ]
  spec['volumes'] = [...listAt(spec, 'volumes'), { name: volume, projected: { sources, defaultMode: 420 } }]
}

function priority({ storage }: Ground, { resource, after }: AdmissionChange, spec: Fields): void {
  const name = spec['priorityClassName']
  if (typeof name !== 'string' || name === '') {
    spec['priority'] ??= 0
    spec['preemptionPolicy'] ??= 'PreemptLowerPriority'
    return
  }
  const found = storage.get('priorityclasses.scheduling.k8s.io', undefined, name) as Fields | undefined
  if (found === undefined)
    throw forbidden(resource, after.metadata.name, `no PriorityClass with name ${name} was found`)
  spec['priority'] = found['value'] ?? 0
  spec['preemptionPolicy'] ??= found['preemptionPolicy'] ?? 'PreemptLowerPriority'
}

function tolerations(spec: Fields): void {
  const held = listAt(spec, 'tolerations').filter(isFields)
  const added = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].flatMap((key) => {
    const known = held.some(
      (toleration) =>
        (toleration['key'] === key || !toleration['key']) &&
        [undefined, '', 'NoExecute'].includes(toleration['effect'] as string | undefined),
    )
    return known ? [] : [{ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }]
  })
  if (held.length + added.length > 0) spec['tolerations'] = [...held, ...added]
}
