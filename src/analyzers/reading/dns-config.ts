import { type CorefileServer, readCorefile, zoneHolds } from '../../domain/corefile.ts'
import type { Observation } from '../../domain/evidence.ts'
import { type ConfigMap, type Pod, refOf } from '../../domain/kubernetes.ts'
import { readLine } from '../../domain/log-line.ts'
import type { ObjectRef } from '../../domain/object.ts'
import { observe } from '../../domain/observe.ts'
import { isLive, isPodReady } from '../../domain/pod-state.ts'
import { count, short, some } from '../../domain/words.ts'
import type { ClusterView } from '../../snapshot/view.ts'
import type { ClusterDns } from './cluster-dns.ts'
import { type FailedFlow, failedFlows } from './failed-flows.ts'

const suffix = 'svc.cluster.local'

/** What is wrong with the DNS configuration, in words, and what shows it. */
export type DnsConfigFault = {
  readonly text: string
  readonly evidence: readonly Observation[]
  readonly confidence: number
  readonly fix: string
}

/** The ConfigMap that the DNS workload reads its Corefile from. */
export const corefileOf = (view: ClusterView, dns: ClusterDns): ConfigMap | undefined => {
  const namespace = dns.workload?.ref.namespace ?? dns.service?.metadata.namespace ?? 'kube-system'
  const mounted = (dns.workload?.template?.spec?.volumes ?? []).flatMap((volume) => volume.configMap?.name ?? [])
  return [...mounted, 'coredns', 'rke2-coredns-rke2-coredns']
    .flatMap((name) => view.get('ConfigMap', namespace, name) ?? [])
    .find((one) => one.data?.['Corefile'] !== undefined)
}

/** Lookups that failed for pods which ask the cluster's DNS. */
export const lookups = (view: ClusterView): readonly FailedFlow[] =>
  failedFlows(view).filter(
    (flow) => flow.kind === 'resolve' && flow.pod.spec?.dnsPolicy !== 'None' && flow.pod.spec?.dnsPolicy !== 'Default',
  )

/** What the logs of the first few of them said. */
export const lookupEvidence = (flows: readonly FailedFlow[]): readonly Observation[] =>
  flows.slice(0, 3).map((flow) => observe('log', refOf(flow.pod), short(flow.line, 260)))

const logLine = (
  view: ClusterView,
  pods: readonly Pod[],
  pattern: RegExp,
): { readonly line: string; readonly about: ObjectRef; readonly times: number } | undefined => {
  for (const pod of pods) {
    for (const log of view.logs(pod.metadata.namespace ?? '', pod.metadata.name)) {
      const hits = log.text
        .split('\n')
        .slice(-2000)
        .filter((line) => pattern.test(line))
      const line = hits.at(-1)
      if (line !== undefined) return { line, about: refOf(pod), times: hits.length }
    }
  }
  return undefined
}

const parseWrong =
  /Error during parsing|Corefile:\d+|Unknown directive|Wrong argument count|plugin\/\w+: (?:not a valid|unable to parse|.{0,40}invalid)/i
const loopFound = /plugin\/loop: Loop .{0,80}detected/i
const upstreamFails =
  /plugin\/errors: .{0,200}(?:i\/o timeout|connection refused|no route to host|network is unreachable|REFUSED|SERVFAIL)/i

const fromLogs = (
  view: ClusterView,
  pods: readonly Pod[],
  servers: readonly CorefileServer[],
  lookedUp: number,
): DnsConfigFault | undefined => {
  const parse = logLine(view, pods, parseWrong)
  const broken = pods.some((pod) => !isPodReady(pod))
  if (parse !== undefined && broken)
    return {
      text: `CoreDNS cannot read its Corefile: ${short(readLine(parse.line).text, 160)}`,
      evidence: [observe('log', parse.about, parse.line)],
      confidence: 0.93,
      fix: 'Correct the Corefile line that the log names.',
    }
  const loop = logLine(view, pods, loopFound)
  if (loop !== undefined && broken)
    return {
      text: `CoreDNS forwards to itself: ${short(loop.line, 160)}`,
      evidence: [observe('log', loop.about, loop.line)],
      confidence: 0.93,
      fix: 'Forward to a real upstream resolver instead of /etc/resolv.conf (often a stub such as 127.0.0.53 on the nodes).',
    }
  const upstream = logLine(view, pods, upstreamFails)
  // A few lost answers in months are life; it takes many, or clients who feel it.
  if (upstream === undefined || (upstream.times < 20 && lookedUp === 0)) return undefined
  const targets = servers.flatMap((server) =>
    server.plugins.filter((plugin) => plugin.name === 'forward').flatMap((plugin) => plugin.args.slice(1)),
  )
  return {
    text: `CoreDNS gets no answer from its upstream ${some(targets) || 'resolver'}: ${short(upstream.line, 160)}`,
    evidence: [
      observe('log', upstream.about, upstream.line),
      observe(
        'computed',
        upstream.about,
        `${count(upstream.times, 'such line')}; forward to ${some(targets) || '(not known)'}`,
      ),
    ],
    confidence: targets.some((target) => /^\d/.test(target)) ? 0.82 : 0.7,
    fix: 'Point `forward .` at resolvers that the nodes can reach.',
  }
}

/** The rules of a Corefile that keep Services from being found, whatever pods ask. */
const fromRules = (
  servers: readonly CorefileServer[],
): { readonly text: string; readonly certain: boolean } | undefined => {
  for (const server of servers) {
    if (!server.zones.some((zone) => zoneHolds(zone, suffix))) continue
    for (const plugin of server.plugins) {
      const refuses = /rcode\s+(?:NXDOMAIN|SERVFAIL|REFUSED)/i.test(plugin.body.join('\n'))
      const zones = plugin.args.slice(2).map((zone) => zone.toLowerCase().replace(/(?<=.)\.$/, ''))
      const all = zones.length === 0 ? server.zones : zones
      if (plugin.name !== 'template' || !refuses || /^AAAA$/i.test(plugin.args[1] ?? '')) continue
      const code = /rcode\s+(\w+)/i.exec(plugin.body.join('\n'))?.[1] ?? 'NXDOMAIN'
      const matches = plugin.body.flatMap((line) => /^match\s+(.{1,200})/.exec(line)?.[1] ?? [])
      // A zone below the cluster's own takes out one namespace or Service; a wide zone counts unless a match narrows it elsewhere.
      const inside = all.filter((zone) => zone === 'cluster.local' || zone.endsWith('.cluster.local'))
      const wide = all.some((zone) => zoneHolds(zone, suffix))
      const aimed = matches.length === 0 || matches.some((match) => /svc|cluster|local/.test(match))
      if (inside.length > 0 || (wide && aimed))
        return {
          text: `its template plugin answers ${code} for ${some(inside.length > 0 ? inside : [...all, ...matches])}`,
          certain: inside.length > 0 || matches.length > 0,
        }
    }
  }
  const kubernetes = servers.flatMap((server) =>
    server.plugins
      .filter((plugin) => plugin.name === 'kubernetes')
      .map((plugin) => (plugin.args.length > 0 ? plugin.args : server.zones)),
  )
  if (kubernetes.length === 0)
    return servers.length === 0
      ? undefined
      : { text: 'no server block has the kubernetes plugin, so no Service name is answered', certain: true }
  const zones = kubernetes.flat().map((zone) => zone.toLowerCase().replace(/(?<=.)\.$/, ''))
  return zones.some((zone) => zoneHolds(zone, suffix))
    ? undefined
    : {
        text: `its kubernetes plugin answers for ${some(zones.filter((zone) => !zone.endsWith('arpa')))}, not for cluster.local`,
        certain: false,
      }
}

/** What a Corefile, or the log of those who read it, shows to be wrong; a rule that hurts nobody is a choice. */
export const dnsConfigFault = (view: ClusterView, dns: ClusterDns, config: ConfigMap): DnsConfigFault | undefined => {
  const servers = readCorefile(config.data?.['Corefile'] ?? '')
  const flows = lookups(view)
  const pods = dns.pods.filter(isLive)
  const logged = fromLogs(view, pods, servers, flows.length)
  if (logged !== undefined) return logged
  const rule = fromRules(servers)
  // Another cluster domain is a choice; a rule counts only where lookups fail, unless it surely hides every Service.
  if (rule === undefined || (flows.length === 0 && !rule.certain)) return undefined
  return {
    text: rule.text,
    evidence: [observe('spec', refOf(config), `Corefile: ${rule.text}`), ...lookupEvidence(flows)],
    confidence: flows.length > 0 ? 0.9 : 0.72,
    fix: 'Take that rule out of the Corefile, or give the kubernetes plugin the cluster domain; CoreDNS reloads it within a minute.',
  }
}
