import { conditionsAt } from '../domain/at.ts'
import type { Observation } from '../domain/evidence.ts'
import type { Finding } from '../domain/finding.ts'
import { allowsRefused, bindingReaches, bindsAccount, roleOf, wantedText } from '../domain/forbidden-rights.ts'
import { type Pod, type Role, type RoleBinding, refOf } from '../domain/kubernetes.ts'
import { quote } from '../domain/log-lines.ts'
import { type Forbidden, forbiddenIn } from '../domain/log-sign.ts'
import { type ObjectRef, refKey } from '../domain/object.ts'
import { observe, observeEvent } from '../domain/observe.ts'
import { earliest, within } from '../domain/time.ts'
import { some } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { containerFailures } from './reading/container-failures.ts'
import { couldNotRead } from './reading/could-not-read.ts'
import { sustainedTroubles } from './reading/sustained-troubles.ts'
import { severityOf } from './reading/workload-health.ts'

type Refused = {
  readonly wanted: Forbidden & { readonly namespace: string; readonly account: string }
  readonly evidence: Observation
  readonly affects: readonly ObjectRef[]
  readonly since?: string
  readonly from: 'log' | 'event' | 'status'
  readonly hurts: boolean
}

const refusal = (text: string, rest: Omit<Refused, 'wanted'>): readonly Refused[] => {
  const wanted = forbiddenIn(text)
  if (wanted?.account === undefined || wanted.namespace === undefined) return []
  return [{ ...rest, wanted: { ...wanted, namespace: wanted.namespace, account: wanted.account } }]
}

const fromLogs = (view: ClusterView): readonly Refused[] => [
  ...containerFailures(view).flatMap((one) =>
    one.sign?.kind !== 'forbidden'
      ? []
      : refusal(one.sign.entry.lines.join(' '), {
          evidence: observe('log', refOf(one.pod), quote(one.sign.entry.text, 300)),
          affects: [refOf(one.pod), one.workload.ref],
          from: 'log',
          hurts: true,
        }),
  ),
  ...sustainedTroubles(view).flatMap((one) =>
    one.sign?.kind !== 'forbidden'
      ? []
      : refusal(one.sign.entry.lines.join(' '), {
          evidence: observe('log', refOf(one.pod), `${quote(one.sign.entry.text, 300)} (${one.count} times)`),
          affects: [refOf(one.pod), one.workload.ref],
          from: 'log',
          hurts: !podReady(one.pod),
        }),
  ),
]

const podReady = (pod: Pod): boolean =>
  pod.status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true

const fromEvents = (view: ClusterView): readonly Refused[] =>
  view.all('Event').flatMap((event) => {
    if (event.type === 'Normal' || event.note?.includes(' cannot ') !== true || !within(event.lastSeen, view.now, 1800))
      return []
    const { regarding } = event
    const namespace = regarding.namespace ?? event.metadata.namespace
    if (regarding.kind === undefined || regarding.name === undefined) return []
    const about: ObjectRef = {
      apiVersion: regarding.apiVersion ?? 'v1',
      kind: regarding.kind,
      name: regarding.name,
      ...(namespace === undefined ? {} : { namespace }),
    }
    return refusal(event.note, {
      evidence: observeEvent(about, event),
      affects: [about],
      from: 'event',
      hurts: true,
      ...(event.firstSeen === undefined ? {} : { since: event.firstSeen }),
    })
  })

const builtIn = new Set(['Pod', 'Node', 'Event', 'ReplicaSet', 'ConfigMap', 'Secret', 'EndpointSlice', 'Endpoints'])

// Operators put the API server's refusal into the conditions of what they look after.
const fromStatus = (view: ClusterView): readonly Refused[] =>
  view.kinds
    .filter((kind) => !builtIn.has(kind))
    .flatMap((kind) =>
      view.list(kind).flatMap((object) =>
        conditionsAt(object).flatMap((one) =>
          one.message?.includes(' cannot ') !== true || (one.status === 'True' && one.type === 'Ready')
            ? []
            : refusal(one.message, {
                evidence: observe('status', refOf(object), `${one.type ?? ''}: ${one.message}`, one.lastTransitionTime),
                affects: [refOf(object)],
                from: 'status',
                hurts: true,
                ...(one.lastTransitionTime === undefined ? {} : { since: one.lastTransitionTime }),
              }),
        ),
      ),
    )

type Rights = { readonly roles: readonly Role[]; readonly bindings: readonly RoleBinding[]; readonly complete: boolean }

const rightsOf = (view: ClusterView): Rights => ({
  roles: [...view.all('Role'), ...view.all('ClusterRole')],
  bindings: [...view.all('RoleBinding'), ...view.all('ClusterRoleBinding')],
  complete: ['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding'].every((kind) => view.complete(kind)),
})

const allowed = (rights: Rights, wanted: Forbidden): boolean =>
  rights.bindings.some(
    (binding) =>
      bindsAccount(binding, wanted) &&
      bindingReaches(binding, wanted) &&
      (roleOf(binding, rights.roles)?.rules ?? []).some((rule) => allowsRefused(rule, wanted)),
  )

/** What is nearly right: a role without the verb, a binding of another account, a binding in another namespace, a missing role. */
const nearMiss = (rights: Rights, wanted: Forbidden): string | undefined => {
  const own = rights.bindings.filter(
    (binding) =>
      bindsAccount(binding, wanted) && !(binding.subjects ?? []).every((subject) => subject.kind === 'Group'),
  )
  const elsewhere = own.find(
    (binding) =>
      !bindingReaches(binding, wanted) &&
      (roleOf(binding, rights.roles)?.rules ?? []).some((rule) => allowsRefused(rule, wanted)),
  )
  if (elsewhere !== undefined)
    return `RoleBinding ${elsewhere.metadata.namespace ?? ''}/${elsewhere.metadata.name} gives the right only in its own namespace`
  for (const binding of own.filter((one) => bindingReaches(one, wanted))) {
    const role = roleOf(binding, rights.roles)
    const name = `${binding.roleRef?.kind ?? 'Role'} ${binding.roleRef?.name ?? ''}`
    if (role === undefined && rights.complete)
      return `${binding.kind} ${binding.metadata.name} refers to ${name}, which does not exist`
    const partly = (role?.rules ?? []).find(
      (rule) =>
        (rule.resources ?? []).includes(wanted.resource ?? '') && (rule.apiGroups ?? []).includes(wanted.group ?? ''),
    )
    if (partly !== undefined)
      return `${name} allows only ${(partly.verbs ?? []).join(', ')} on ${wanted.resource ?? ''}`
    if (role !== undefined) return `${name}, which it is bound to, does not name ${wanted.resource ?? ''}`
  }
  const other = rights.bindings.find(
    (binding) =>
      bindingReaches(binding, wanted) &&
      (binding.subjects ?? []).some(
        (subject) =>
          subject.kind === 'ServiceAccount' &&
          subject.name === wanted.account &&
          subject.namespace !== wanted.namespace,
      ),
  )
  return other === undefined
    ? undefined
    : `${other.kind} ${other.metadata.name} binds a ServiceAccount of that name in another namespace`
}

const fixFor = (wanted: Refused['wanted']): readonly string[] => {
  const { inNamespace, namespace, account, verb = 'get', resource = '', group = '' } = wanted
  const name = `${account}-${resource.replace('/', '-')}`
  const target =
    group === ''
      ? resource
      : `${resource.split('/')[0] ?? ''}.${group}${resource.includes('/') ? `/${resource.split('/')[1] ?? ''}` : ''}`
  const check = `kubectl auth can-i ${verb} ${target} --as=system:serviceaccount:${namespace}:${account}${inNamespace === undefined ? ' --all-namespaces' : ` -n ${inNamespace}`}`
  return inNamespace === undefined
    ? [
        `Grant exactly this: kubectl create clusterrole ${name} --verb=${verb} --resource=${target} && kubectl create clusterrolebinding ${name} --clusterrole=${name} --serviceaccount=${namespace}:${account}`,
        `Check: ${check}`,
      ]
    : [
        `Grant exactly this: kubectl -n ${inNamespace} create role ${name} --verb=${verb} --resource=${target} && kubectl -n ${inNamespace} create rolebinding ${name} --role=${name} --serviceaccount=${namespace}:${account}`,
        `Check: ${check}`,
      ]
}

const findingOf = (view: ClusterView, rights: Rights, all: readonly Refused[]): Finding | undefined => {
  const [first] = all
  if (first === undefined) return undefined
  const { wanted } = first
  const object: ObjectRef = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    namespace: wanted.namespace,
    name: wanted.account,
  }
  const near = nearMiss(rights, wanted)
  const affects = [...new Map(all.flatMap((one) => one.affects).map((ref) => [refKey(ref), ref])).values()]
  const since = earliest(all.map((one) => one.since))
  const wants = [...new Set(all.map((one) => wantedText(one.wanted)))]
  const workload = affects.find((ref) => ref.kind !== 'Pod')
  const gone = view.presence('ServiceAccount', wanted.namespace, wanted.account) === 'absent'
  return {
    code: 'rbac-forbidden',
    severity: all.some((one) => one.hurts) && workload !== undefined ? severityOf(view, workload) : 'warning',
    object,
    summary: `ServiceAccount ${wanted.namespace}/${wanted.account} may not ${some(wants)}${workload === undefined ? '' : `, which ${workload.kind} ${workload.name} needs`}${near === undefined ? '' : `: ${near}`}${gone ? ' (the ServiceAccount itself is gone)' : ''}`,
    evidence: all.slice(0, 5).map((one) => one.evidence),
    confidence: first.from === 'log' ? (near === undefined ? 0.85 : 0.9) : 0.92,
    affects,
    ...(since === undefined ? {} : { since }),
    fix: fixFor(wanted),
    prevention: ['Ship a workload with the Role that it needs, and test it with kubectl auth can-i in CI.'],
    facts: {
      serviceAccount: wanted.account,
      verb: wanted.verb ?? '',
      resource: wanted.resource ?? '',
      apiGroup: wanted.group ?? '',
    },
  }
}

/** What RBAC refuses to a ServiceAccount, by log, event or status; silent where the rules that were read allow it by now. */
export const analyzer: Analyzer = {
  id: 'rbac-forbidden',
  codes: ['rbac-forbidden'],
  needs: ['pods', 'events', 'logs'],
  analyze: (view) => {
    const rights = rightsOf(view)
    const unread = couldNotRead(view, 'roles', 'clusterroles', 'rolebindings', 'clusterrolebindings')
    const groups = new Map<string, Refused[]>()
    for (const one of [...fromLogs(view), ...fromEvents(view), ...fromStatus(view)]) {
      if (allowed(rights, one.wanted) || (unread && !one.hurts)) continue
      const key = `${one.wanted.namespace}/${one.wanted.account}`
      const group = groups.get(key)
      if (group === undefined) groups.set(key, [one])
      else group.push(one)
    }
    return [...groups.values()].flatMap((all) => findingOf(view, rights, all) ?? [])
  },
}
