import type { Observation } from '../domain/evidence.ts'
import type { Finding } from '../domain/finding.ts'
import { type Pod, refOf } from '../domain/kubernetes.ts'
import { type ObjectRef, refKey, refText } from '../domain/object.ts'
import { observe, observeEvent } from '../domain/observe.ts'
import { isLive, podAddresses } from '../domain/pod-state.ts'
import { within } from '../domain/time.ts'
import { count, short } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { controlPlanePods } from './reading/control-plane.ts'

/** The server's own refusal. A client that slows itself down ("client-side throttling") says nothing about the server. */
const refused =
  /the server has received too many requests|too many requests, please try again later|resp=429|"code":\s?429|429 too many requests|rejected by (?:api )?priority and fairness/i
/** What client libraries of Kubernetes write; a bare 429 in an app's log may come from anywhere. */
const refusedByServer = /the server has received too many requests/i
const overloaded =
  /http: handler timeout|the apiserver is overloaded|unable to return a response in the time allotted|timeout or abort while handling/i
const clientSide = /client-side throttling/i

type Client = { readonly name: string; readonly requests: number; readonly workload?: ObjectRef }

const hits = (view: ClusterView, pod: Pod, pattern: RegExp): readonly string[] =>
  view.logs(pod.metadata.namespace ?? '', pod.metadata.name).flatMap((log) =>
    log.text
      .split('\n')
      .slice(-2000)
      .filter((line) => pattern.test(line) && !clientSide.test(line)),
  )

/** Who asks most, by the access log of the API server: user agent, and the pod behind its address where that is known. */
const clientsOf = (view: ClusterView, lines: readonly string[]): readonly Client[] => {
  const seen = new Map<string, { requests: number; ip?: string }>()
  for (const line of lines) {
    const agent =
      /userAgent="([^"]{1,160})"/.exec(line)?.[1] ??
      /user(?:name)?="?(system:serviceaccount:[^\s"]{1,160})/.exec(line)?.[1]
    if (agent === undefined) continue
    const name = agent.split(' ')[0] ?? agent
    const ip = /srcIP="([0-9a-f.:]+?):\d+"/.exec(line)?.[1]
    const known = seen.get(name)
    seen.set(name, {
      requests: (known?.requests ?? 0) + 1,
      ...((known?.ip ?? ip) === undefined ? {} : { ip: known?.ip ?? ip ?? '' }),
    })
  }
  return [...seen]
    .map(([name, { requests, ip }]) => {
      const pod =
        ip === undefined
          ? undefined
          : view
              .all('Pod')
              .find((one) => isLive(one) && one.spec?.hostNetwork !== true && podAddresses(one).includes(ip))
      return { name, requests, ...(pod === undefined ? {} : { workload: view.workloadOf(pod).ref }) }
    })
    .sort((a, b) => b.requests - a.requests || (a.name < b.name ? -1 : 1))
}

const rejectedSeries = (
  view: ClusterView,
): readonly (Observation & { readonly client: string; readonly rise: number })[] =>
  view.series('apiserver_flowcontrol_rejected_requests_total').flatMap((series) => {
    const [first, last] = [series.points[0], series.points.at(-1)]
    const rise = (last?.[1] ?? 0) - (first?.[1] ?? 0)
    if (rise < 10) return []
    const schema = series.labels['flow_schema'] ?? ''
    const client =
      series.labels['flow_distinguisher'] ?? series.labels['user_agent'] ?? series.labels['client'] ?? schema
    return [
      {
        ...observe(
          'metric',
          component,
          `priority and fairness rejected ${Math.round(rise)} requests of flow schema ${schema} (${series.labels['priority_level'] ?? ''})`,
          last?.[0],
        ),
        client,
        rise,
      },
    ]
  })

const component: ObjectRef = { apiVersion: 'v1', kind: 'Component', namespace: 'kube-system', name: 'kube-apiserver' }

type Line = { readonly pod: Pod; readonly line: string }

/** Everything that shows the server turning requests away, from its own log, its clients', events and metrics. */
const signsOf = (view: ClusterView) => {
  const servers = controlPlanePods(view, 'kube-apiserver').filter((pod) =>
    (pod.spec?.containers ?? []).some((one) => one.name === 'kube-apiserver'),
  )
  const linesOf = (pods: readonly Pod[], pattern: RegExp): readonly Line[] =>
    pods.flatMap((pod) => hits(view, pod, pattern).map((line) => ({ pod, line })))
  const clients = linesOf(
    view.all('Pod').filter((pod) => !servers.includes(pod)),
    refusedByServer,
  )
  return {
    servers,
    own: linesOf(servers, refused),
    slow: linesOf(servers, overloaded),
    clients,
    refusedPods: new Set(clients.map((one) => one.pod.metadata.uid ?? one.pod.metadata.name)).size,
    events: view
      .all('Event')
      .filter((event) => refused.test(event.note ?? '') && within(event.lastSeen, view.now, 1800)),
    series: rejectedSeries(view),
  }
}
type Signs = ReturnType<typeof signsOf>

const enough = ({ own, slow, clients, refusedPods, events, series }: Signs): boolean =>
  own.length >= 3 ||
  slow.length >= 3 ||
  series.length > 0 ||
  refusedPods >= 2 ||
  clients.length >= 5 ||
  events.length >= 2

/** Who asks most: by the refused requests where the log names their clients, else by all that it names. */
const loudestOf = (view: ClusterView, { servers, own }: Signs): Client | undefined => {
  const told = own.map((one) => one.line).filter((line) => /userAgent=/.test(line))
  const all = () =>
    servers.flatMap((pod) =>
      view.logs(pod.metadata.namespace ?? '', pod.metadata.name).flatMap((log) => log.text.split('\n').slice(-2000)),
    )
  return clientsOf(view, told.length > 0 ? told : all())[0]
}

const evidenceOf = (object: ObjectRef, signs: Signs, loudest: Client | undefined): readonly Observation[] => {
  const line = (one: Line) => observe('log', refOf(one.pod), one.line)
  return [
    ...signs.series.slice(0, 3).map(({ client: _client, rise: _rise, ...observation }) => observation),
    ...signs.own.slice(-2).map(line),
    ...signs.slow.slice(-1).map(line),
    ...signs.clients.slice(-2).map(line),
    ...signs.events.slice(-1).map((event) => observeEvent(object, event)),
    ...(loudest === undefined
      ? []
      : [
          observe(
            'computed',
            loudest.workload ?? object,
            `${loudest.name}: ${count(loudest.requests, 'request')} in the log, the most of all clients`,
          ),
        ]),
  ]
}

const analyze = (view: ClusterView): readonly Finding[] => {
  const signs = signsOf(view)
  if (!enough(signs)) return []
  const loudest = loudestOf(view, signs)
  const bySeries = [...signs.series].sort((a, b) => b.rise - a.rise)[0]?.client
  const [server] = signs.servers
  const object = server === undefined ? component : refOf(server)
  const by = loudest?.workload === undefined ? '' : ` (${refText(loudest.workload)})`
  const name = loudest === undefined ? bySeries : `${loudest.name}${by}`
  const evidence = evidenceOf(object, signs, loudest)
  const clients = signs.clients.map((one) => view.workloadOf(one.pod).ref)
  const sure = (signs.series.length > 0 ? 0.12 : 0) + (signs.own.length >= 3 ? 0.1 : 0)
  return [
    {
      code: 'apiserver-overloaded',
      severity: 'critical',
      object,
      summary: `The API server is overloaded and turns requests away${name === undefined ? '' : `; the loudest client is ${name}`}: ${short(evidence[0]?.text ?? '', 200)}`,
      evidence,
      confidence: Math.min(0.94, 0.72 + sure + (signs.refusedPods >= 2 ? 0.06 : 0)),
      affects: [...new Map(clients.map((ref) => [refKey(ref), ref])).values()],
      dependsOn: [
        { ...component, name: 'etcd' },
        ...(name === undefined ? controlPlanePods(view, 'etcd').map(refOf) : []),
        ...(loudest?.workload === undefined ? [] : [loudest.workload]),
      ],
      fix: [
        'kubectl get --raw /debug/api_priority_and_fairness/dump_priority_levels',
        name === undefined
          ? 'Find the client that asks most (apiserver_flowcontrol_rejected_requests_total by flow schema) and slow it down.'
          : `Slow ${short(name, 120)} down or stop it: watch instead of list, page its lists, scale it to fewer replicas.`,
      ],
      prevention: ['Give noisy controllers a FlowSchema with a small share of their own.'],
      facts: name === undefined ? {} : { client: short(name, 200) },
    },
  ]
}

/** An API server that turns requests away (429, priority and fairness) or times out, with the client that asks most. */
export const analyzer: Analyzer = { id: 'apiserver', codes: ['apiserver-overloaded'], needs: [], analyze }
