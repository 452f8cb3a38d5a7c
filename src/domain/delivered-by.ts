import type { KubeObject } from './kubernetes.ts'

/** What delivers an object from Git: a live change of it would be undone, so it is changed where it is written. */
export type Delivery = {
  readonly tool: 'argocd' | 'flux'
  readonly kind: 'Application' | 'Kustomization' | 'HelmRelease'
  readonly name: string
  readonly namespace?: string
}

/**
 * Who delivers an object, by its own tracking annotation or labels or by the field manager of Argo CD. The label
 * `app.kubernetes.io/instance` alone proves nothing: Helm and people set it too.
 */
export const deliveredBy = (object: KubeObject): Delivery | undefined => {
  const labels = object.metadata.labels ?? {}
  const annotations = object.metadata.annotations ?? {}
  const tracked = annotations['argocd.argoproj.io/tracking-id']?.split(':')[0]
  const instance = labels['argocd.argoproj.io/instance'] ?? labels['app.kubernetes.io/instance']
  const managers = object.metadata.managedFields ?? []
  const applied = managers.some((field) => /^argocd-(?:application-)?controller$/.test(field.manager ?? ''))
  const application = tracked ?? labels['argocd.argoproj.io/instance'] ?? (applied ? instance : undefined)
  if (application !== undefined && application !== '') return argo(application)
  for (const kind of ['Kustomization', 'HelmRelease'] as const) {
    const group = kind === 'Kustomization' ? 'kustomize' : 'helm'
    const name = labels[`${group}.toolkit.fluxcd.io/name`]
    const namespace = labels[`${group}.toolkit.fluxcd.io/namespace`]
    if (name !== undefined) return { tool: 'flux', kind, name, ...(namespace === undefined ? {} : { namespace }) }
  }
  return undefined
}

// Applications outside Argo CD's own namespace are tracked as `namespace_name`.
const argo = (text: string): Delivery => {
  const parts = text.split('_')
  const [namespace, name] = parts
  return parts.length === 2 && namespace !== undefined && name !== undefined
    ? { tool: 'argocd', kind: 'Application', name, namespace }
    : { tool: 'argocd', kind: 'Application', name: text }
}

/** How people call it: `Argo CD app payments`, `Flux Kustomization apps`. */
export const deliveryText = (delivery: Delivery): string =>
  delivery.tool === 'argocd' ? `Argo CD app ${delivery.name}` : `Flux ${delivery.kind} ${delivery.name}`
