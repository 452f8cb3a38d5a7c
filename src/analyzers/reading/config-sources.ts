import type { Container, Pod } from '../../domain/kubernetes.ts'
import { type ObjectRef, refKey } from '../../domain/object.ts'
import type { ClusterView } from '../../snapshot/view.ts'

/** One use of a ConfigMap or Secret by a container: as environment (read once at start) or as files. */
export type ConfigUse = {
  readonly ref: ObjectRef
  readonly how: 'env' | 'env-from' | 'volume' | 'sub-path'
  /** The variable or the mount path. */
  readonly as?: string
  /** The key that is used; absent where all keys are. */
  readonly key?: string
  readonly optional: boolean
  /** Keys that are projected by `items`, or by the sub-path of the mount. */
  readonly items?: readonly string[]
}

const ref = (kind: 'ConfigMap' | 'Secret', namespace: string, name: string): ObjectRef => ({
  apiVersion: 'v1',
  kind,
  namespace,
  name,
})

const envUses = (container: Container, ns: string): readonly ConfigUse[] => [
  ...(container.env ?? []).flatMap((one): ConfigUse[] => {
    const map = one.valueFrom?.configMapKeyRef
    const secret = one.valueFrom?.secretKeyRef
    const key = map ?? secret
    if (key?.name === undefined) return []
    return [
      {
        ref: ref(map === undefined ? 'Secret' : 'ConfigMap', ns, key.name),
        how: 'env',
        ...(one.name === undefined ? {} : { as: one.name }),
        ...(key.key === undefined ? {} : { key: key.key }),
        optional: key.optional === true,
      },
    ]
  }),
  ...(container.envFrom ?? []).flatMap((one): ConfigUse[] => {
    const source = one.configMapRef ?? one.secretRef
    if (source?.name === undefined) return []
    return [
      {
        ref: ref(one.configMapRef === undefined ? 'Secret' : 'ConfigMap', ns, source.name),
        how: 'env-from',
        optional: source.optional === true,
      },
    ]
  }),
]

/** The ConfigMaps and Secrets that the volumes of a pod hold, with the keys that each needs. */
export const volumeUses = (
  pod: { readonly spec?: Pod['spec'] },
  ns: string,
): readonly (ConfigUse & { readonly volume: string })[] =>
  (pod.spec?.volumes ?? []).flatMap((volume) => {
    const name = volume.name ?? ''
    const use = (
      kind: 'ConfigMap' | 'Secret',
      object: string | undefined,
      optional: boolean | undefined,
      items: readonly { readonly key?: string }[] | undefined,
    ) =>
      object === undefined
        ? []
        : [
            {
              volume: name,
              ref: ref(kind, ns, object),
              how: 'volume' as const,
              optional: optional === true,
              ...(items === undefined ? {} : { items: items.flatMap((item) => item.key ?? []) }),
            },
          ]
    return [
      ...use('ConfigMap', volume.configMap?.name, volume.configMap?.optional, volume.configMap?.items),
      ...use('Secret', volume.secret?.secretName, volume.secret?.optional, volume.secret?.items),
      ...(volume.projected?.sources ?? []).flatMap((source) => [
        ...use('ConfigMap', source.configMap?.name, source.configMap?.optional, source.configMap?.items),
        ...use('Secret', source.secret?.name, source.secret?.optional, source.secret?.items),
      ]),
    ]
  })

/** Every ConfigMap and Secret that one container uses. */
export const usesOf = (
  pod: { readonly spec?: Pod['spec'] },
  container: Container | undefined,
  ns: string,
): readonly ConfigUse[] => {
  if (container === undefined) return []
  const mounted = (container.volumeMounts ?? []).flatMap((mount) =>
    volumeUses(pod, ns)
      .filter((use) => use.volume === mount.name)
      .map(
        ({ volume: _, ...use }): ConfigUse => ({
          ...use,
          how: mount.subPath === undefined ? 'volume' : 'sub-path',
          ...(mount.mountPath === undefined ? {} : { as: mount.mountPath }),
        }),
      ),
  )
  return [...envUses(container, ns), ...mounted]
}

/** The distinct ConfigMaps and Secrets that a container uses, without what Kubernetes itself puts there. */
export const configObjects = (
  pod: { readonly spec?: Pod['spec'] },
  container: Container | undefined,
  ns: string,
): readonly ObjectRef[] => {
  const refs = usesOf(pod, container, ns)
    .map((use) => use.ref)
    .filter((one) => one.name !== 'kube-root-ca.crt')
  return [...new Map(refs.map((one) => [refKey(one), one])).values()]
}

/** The names of the environment variables that a container gets, as far as the view knows them. */
export const envNames = (view: ClusterView, ns: string, container: Container | undefined): readonly string[] => [
  ...(container?.env ?? []).flatMap((one) => one.name ?? []),
  ...(container?.envFrom ?? []).flatMap((one) => {
    const prefix = one.prefix ?? ''
    const map = one.configMapRef?.name === undefined ? undefined : view.get('ConfigMap', ns, one.configMapRef.name)
    const secret = one.secretRef?.name === undefined ? undefined : view.get('Secret', ns, one.secretRef.name)
    return [...Object.keys(map?.data ?? {}), ...(secret?.keys ?? [])].map((key) => `${prefix}${key}`)
  }),
]
