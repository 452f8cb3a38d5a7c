import type { KubeObject } from '../../domain/kubernetes.ts'

const systemNamespaces: ReadonlySet<string> = new Set(['kube-system', 'kube-public', 'kube-node-lease'])

/** Whether a namespace belongs to the cluster itself: its objects are judged only where that namespace is asked for. */
export const isSystemNamespace = (namespace: string | undefined): boolean =>
  namespace !== undefined && systemNamespaces.has(namespace)

/** Whether Kubernetes itself made a role or binding: its own names, and what it labels as bootstrapped. */
export const isBuiltIn = ({ metadata }: Pick<KubeObject, 'metadata'>): boolean =>
  metadata.name.startsWith('system:') || metadata.labels?.['kubernetes.io/bootstrapping'] === 'rbac-defaults'

/** Objects that a controller keeps belong to their owner: the owner is judged. */
export const isKept = ({ metadata }: Pick<KubeObject, 'metadata'>): boolean =>
  (metadata.ownerReferences ?? []).length > 0

const givenNames =
  /^(?:kube-root-ca\.crt|openshift-service-ca\.crt|istio-ca-root-cert|default-token-.+|sh\.helm\.release\..+|argocd-(?:cm|rbac-cm|cmd-params-cm|ssh-known-hosts-cm|tls-certs-cm|gpg-keys-cm|notifications-cm|secret|initial-admin-secret|notifications-secret))$/
const readElsewhere = [
  'grafana_dashboard',
  'grafana_datasource',
  'grafana_alert',
  'prometheus_rule',
  'fluentd_config',
  'argocd.argoproj.io/secret-type',
  'sealedsecrets.bitnami.com/sealed-secrets-key',
] as const

/**
 * Whether a ConfigMap or Secret is there for a reason that no reference shows: made by the platform, Helm's memory, a lock,
 * read by label (Grafana, Argo CD), or declared so by its owner.
 */
export const isReadOtherwise = ({ metadata }: Pick<KubeObject, 'metadata'>, type?: string): boolean => {
  const { labels = {}, annotations = {}, name } = metadata
  return (
    givenNames.test(name) ||
    readElsewhere.some((label) => labels[label] !== undefined) ||
    /^helm$|^TILLER$/.test(labels['owner'] ?? labels['OWNER'] ?? '') ||
    labels['app.kubernetes.io/part-of'] === 'argocd' ||
    labels['k8sgpt.ai/dynamically-loaded'] === 'true' ||
    annotations['k8sgpt.ai/skip-usage-check'] === 'true' ||
    annotations['control-plane.alpha.kubernetes.io/leader'] !== undefined ||
    annotations['kubernetes.io/service-account.name'] !== undefined ||
    /^(?:helm\.sh\/release\.v1|kubernetes\.io\/service-account-token|bootstrap\.kubernetes\.io\/token)$/.test(
      type ?? '',
    )
  )
}
