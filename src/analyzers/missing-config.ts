import type { CauseCode } from '../domain/cause.ts'
import type { Finding } from '../domain/finding.ts'
import { type Pod, refOf } from '../domain/kubernetes.ts'
import { nearestName } from '../domain/near-name.ts'
import { type ObjectRef, refKey } from '../domain/object.ts'
import { count, some } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { failingSince, named, severityFor } from './reading/by-workload.ts'
import { type MissingReference, missingReferences } from './reading/config-references.ts'
import { makerOf } from './reading/secret-makers.ts'

const codeOf = (ref: ObjectRef, key: string | undefined): CauseCode =>
  ref.kind === 'Secret'
    ? key === undefined
      ? 'missing-secret'
      : 'missing-secret-key'
    : key === undefined
      ? 'missing-configmap'
      : 'missing-configmap-key'

type Near = { readonly text: string; readonly name?: string; readonly key?: string }

const nearObject = (view: ClusterView, ref: ObjectRef): Near => {
  const other = ref.kind === 'Secret' ? 'ConfigMap' : 'Secret'
  if (view.presence(other, ref.namespace, ref.name) === 'present')
    return { text: `; a ${other} of that name exists: was that meant?` }
  const all = ref.kind === 'Secret' ? view.all('Secret') : view.all('ConfigMap')
  const name = nearestName(
    ref.name,
    all
      .filter((one) => one.metadata.namespace === ref.namespace && one.metadata.name !== 'kube-root-ca.crt')
      .map((one) => one.metadata.name),
  )
  if (name !== undefined) return { text: `; did you mean ${name}?`, name }
  const elsewhere = all.find((one) => one.metadata.name === ref.name)?.metadata.namespace
  return { text: elsewhere === undefined ? '' : `; one of that name exists in namespace ${elsewhere}` }
}

const nearKey = (view: ClusterView, ref: ObjectRef, key: string): Near => {
  const keys =
    ref.kind === 'Secret'
      ? view.get('Secret', ref.namespace, ref.name)?.keys
      : Object.keys(view.get('ConfigMap', ref.namespace, ref.name)?.data ?? {})
  if (keys === undefined || keys.length === 0) return { text: '' }
  const near = nearestName(key, keys)
  return near === undefined
    ? { text: `; it has ${some([...keys].sort(), 6)}` }
    : { text: `; it has ${near}: did you mean that?`, key: near }
}

const fixes = (ref: ObjectRef, key: string | undefined, near: Near, first: MissingReference): readonly string[] => {
  const ns = ref.namespace ?? 'default'
  const kind = ref.kind === 'Secret' ? 'secret' : 'configmap'
  const create =
    ref.kind === 'Secret'
      ? `kubectl -n ${ns} create secret generic ${ref.name} --from-literal=${key ?? 'KEY'}=VALUE`
      : `kubectl -n ${ns} create configmap ${ref.name} --from-literal=${key ?? 'KEY'}=VALUE`
  const rename = near.name ?? near.key
  return [
    ...(rename === undefined ? [] : [`Refer to ${rename} instead of ${key ?? ref.name} in ${named(first.workload)}`]),
    key === undefined ? `Create it: ${create}` : `Add the key: kubectl -n ${ns} edit ${kind} ${ref.name}`,
    `Where an operator or Git makes it (External Secrets, Sealed Secrets, Argo CD), look there why it did not: kubectl -n ${ns} get externalsecrets,sealedsecrets`,
  ]
}

const repairMaker = ({ kind, namespace = 'default', name }: ObjectRef): string =>
  `Repair what should make it: kubectl -n ${namespace} describe ${kind.toLowerCase()} ${name}`

const findingOf = (view: ClusterView, all: readonly MissingReference[]): Finding | undefined => {
  const [first] = all
  if (first === undefined) return undefined
  const { ref, key } = first
  const near = key === undefined ? nearObject(view, ref) : nearKey(view, ref, key)
  const maker = ref.kind === 'Secret' && key === undefined ? makerOf(view, ref) : undefined
  const blocking = all.some((one) => one.blocking)
  const workloads = [...new Map(all.map((one) => [refKey(one.workload.ref), one.workload])).values()]
  const pods = all.flatMap((one): Pod[] => (one.pod === undefined ? [] : [one.pod]))
  const since = pods.length === 0 ? undefined : failingSince(view, pods, ['Failed', 'FailedMount'])
  const kubelet = all.some((one) => one.told !== 'absent')
  const what =
    key === undefined
      ? `${ref.kind} ${ref.name} does not exist in namespace ${ref.namespace ?? ''}`
      : `${ref.kind} ${ref.name} (namespace ${ref.namespace ?? ''}) has no key ${key}`
  // A CronJob that starts no pod is broken all the same; pods that run already only fail at their next start.
  const waits = !blocking && workloads.every((workload) => workload.ref.kind !== 'CronJob')
  const worst = workloads.map((workload) => severityFor(view, workload)).includes('critical') ? 'critical' : 'warning'
  return {
    code: codeOf(ref, key),
    severity: blocking ? worst : waits ? 'info' : 'warning',
    object: ref,
    summary: `${what}, but ${some(workloads.map(named))} ${workloads.length === 1 ? 'needs' : 'need'} it (${first.where})${waits ? ': running pods go on, the next one will not start' : ''}${workloads.length > 1 ? `; ${count(workloads.length, 'workload')} affected` : ''}${maker?.text ?? near.text}`,
    evidence: [...(maker === undefined ? [] : [maker.observation]), ...all.flatMap((one) => one.evidence).slice(0, 6)],
    confidence: blocking ? (kubelet ? 0.97 : 0.93) : 0.8,
    affects: [...workloads.map((workload) => workload.ref), ...pods.map(refOf)],
    ...(since === undefined ? {} : { since }),
    fix: [...(maker === undefined ? [] : [repairMaker(maker.ref)]), ...fixes(ref, key, near, first)],
    prevention: [
      'Ship what a workload refers to together with it, and check references before a deploy (kubectl diff, kube-linter).',
    ],
    facts: {
      ...(ref.kind === 'Secret' ? { secret: ref.name } : { configMap: ref.name }),
      ...(key === undefined ? {} : { key }),
      ...(near.key === undefined ? {} : { nearestKey: near.key }),
      ...(near.name === undefined ? {} : { nearestName: near.name }),
      configObject: `${ref.kind}/${ref.name}`,
      workload: first.workload.ref.name,
    },
  }
}

/** ConfigMaps, Secrets and keys that workloads name and that are not there; near misses and the other kind are pointed out. */
export const analyzer: Analyzer = {
  id: 'missing-config',
  codes: ['missing-configmap', 'missing-configmap-key', 'missing-secret', 'missing-secret-key'],
  needs: ['pods', 'configmaps', 'secrets'],
  analyze: (view) => {
    const groups = new Map<string, MissingReference[]>()
    for (const one of missingReferences(view)) {
      const key = `${refKey(one.ref)} ${one.key ?? ''}`
      const group = groups.get(key)
      if (group === undefined) groups.set(key, [one])
      else group.push(one)
    }
    return [...groups.values()].flatMap((all) => findingOf(view, all) ?? [])
  },
}
