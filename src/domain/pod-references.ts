import type { Container, PodSpec } from './kubernetes.ts'

/** The kinds that a pod names in its own namespace or, for classes, in the cluster. */
export type ReferredKind =
  | 'ConfigMap'
  | 'Secret'
  | 'PersistentVolumeClaim'
  | 'ServiceAccount'
  | 'PriorityClass'
  | 'RuntimeClass'

/** One thing that a pod names: what kind and which. */
export type Reference = { readonly kind: ReferredKind; readonly name: string }

/** Everything a pod of this spec refers to by name, each once. `default` service accounts are left out: all use them. */
export const referencesOf = (spec: PodSpec | undefined): readonly Reference[] => {
  if (spec === undefined) return []
  const found = new Map<string, Reference>()
  const add = (kind: ReferredKind, name: string | undefined): void => {
    if (name !== undefined && name !== '') found.set(`${kind}/${name}`, { kind, name })
  }
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])])
    containerReferences(container, add)
  for (const volume of spec.volumes ?? []) {
    add('ConfigMap', volume.configMap?.name)
    add('Secret', volume.secret?.secretName)
    add('Secret', volume.csi?.nodePublishSecretRef?.name)
    add('PersistentVolumeClaim', volume.persistentVolumeClaim?.claimName)
    for (const source of volume.projected?.sources ?? []) {
      add('ConfigMap', source.configMap?.name)
      add('Secret', source.secret?.name)
    }
  }
  for (const secret of spec.imagePullSecrets ?? []) add('Secret', secret.name)
  if (spec.serviceAccountName !== 'default') add('ServiceAccount', spec.serviceAccountName)
  add('PriorityClass', spec.priorityClassName)
  add('RuntimeClass', spec.runtimeClassName)
  return [...found.values()]
}

const containerReferences = (
  container: Container,
  add: (kind: ReferredKind, name: string | undefined) => void,
): void => {
  for (const variable of container.env ?? []) {
    add('ConfigMap', variable.valueFrom?.configMapKeyRef?.name)
    add('Secret', variable.valueFrom?.secretKeyRef?.name)
  }
  for (const source of container.envFrom ?? []) {
    add('ConfigMap', source.configMapRef?.name)
    add('Secret', source.secretRef?.name)
  }
}
