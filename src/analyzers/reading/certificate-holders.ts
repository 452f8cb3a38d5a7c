import { textAt } from '../../domain/at.ts'
import { type Pod, refOf, type Secret } from '../../domain/kubernetes.ts'
import type { ObjectRef } from '../../domain/object.ts'
import type { PodContainer } from '../../domain/pod-containers.ts'
import { timeOf } from '../../domain/time.ts'
import type { ClusterView } from '../../snapshot/view.ts'
import { usesOf } from './config-sources.ts'

const certificateKey =
  /(?:^|[._-])(?:crt|cert|certs|certificate|certificates|pem|tls|ssl|jks|p12|pfx|keystore|fullchain|chain)(?:$|[._-])/i

/** The TLS Secrets that a pod mounts, with what is known of their certificates. */
export const tlsSecretsOf = (view: ClusterView, pod: Pod): readonly Secret[] =>
  (pod.spec?.volumes ?? []).flatMap((volume) => {
    const names = [volume.secret?.secretName, ...(volume.projected?.sources ?? []).map((source) => source.secret?.name)]
    return names.flatMap((name) => {
      const secret = name === undefined ? undefined : view.get('Secret', pod.metadata.namespace, name)
      return secret !== undefined && (secret.type === 'kubernetes.io/tls' || secret.certificate !== undefined)
        ? [secret]
        : []
    })
  })

/** Whether a certificate has ended at the moment of the view. */
export const hasEnded = (secret: Secret, now: string): boolean => {
  const [end, at] = [timeOf(secret.certificate?.notAfter), timeOf(now)]
  return end !== undefined && at !== undefined && end <= at
}

/**
 * The object that holds the certificate a container serves with: an expired TLS Secret, else the one ConfigMap or Secret that is
 * mounted as a certificate. Undefined where none or several could be it.
 */
export const holderOf = (view: ClusterView, pod: Pod, unit: PodContainer): ObjectRef | undefined => {
  const ended = tlsSecretsOf(view, pod).find((secret) => hasEnded(secret, view.now))
  if (ended !== undefined) return refOf(ended)
  const namespace = pod.metadata.namespace ?? ''
  const uses = usesOf(pod, unit.container, namespace).filter((use) => {
    if (use.ref.name === 'kube-root-ca.crt') return false
    const keys = use.key === undefined ? (use.items ?? []) : [use.key]
    const object =
      use.ref.kind === 'Secret'
        ? view.get('Secret', namespace, use.ref.name)?.keys
        : Object.keys(view.get('ConfigMap', namespace, use.ref.name)?.data ?? {})
    return [...keys, ...(object ?? []), use.as ?? '', use.ref.name].some((text) =>
      certificateKey.test(text.split('/').at(-1) ?? ''),
    )
  })
  const names = new Set(uses.map((use) => `${use.ref.kind}/${use.ref.name}`))
  return names.size === 1 ? uses[0]?.ref : undefined
}

/** The cert-manager Certificate that writes a Secret, where there is one. */
export const certificateFor = (view: ClusterView, namespace: string | undefined, secret: string) =>
  view
    .list('Certificate', 'cert-manager.io')
    .find((one) => one.metadata.namespace === namespace && textAt(one, 'spec', 'secretName') === secret)
