import type { Container, Pod, Probe } from '../../domain/kubernetes.ts'
import { declaredPorts, isPodReady, longRunning } from '../../domain/pod-state.ts'
import { short } from '../../domain/words.ts'
import type { ClusterView } from '../../snapshot/view.ts'

/** What is known of the ports that a pod serves, by how sure it is. */
export type ListeningPorts = {
  /** Its log says that it listens there. */
  readonly logged: readonly { readonly port: number; readonly line: string }[]
  /** A network probe of a ready or started container goes there. */
  readonly probed: readonly number[]
  readonly declared: readonly number[]
  /** Whether each container of the app itself declares its ports, so that a port which is not there was likely left out of the app, not only of the manifest. */
  readonly declaresAll: boolean
  /** Named in env, command or arguments as the port to use. */
  readonly configured: readonly number[]
}

const listening: readonly RegExp[] = [
  /\blisten(?:ing|s|er)?\b[^\n]{0,60}?(?:port[s=: ]{1,5}|[:\]])(\d{2,5})\b/i,
  /\b(?:start(?:ed|ing)?|running|serving|bound|bind(?:ing)?|ready|available|launched)\b[^\n]{0,60}?(?:\bport(?:\(s\))?[=: ]{1,3}|\]:|[\w.*]:)(\d{2,5})\b(?![:.\d])/i,
  /\bport(?:\(s\))?[=: ]{1,3}(\d{2,5})\b[^\n]{0,30}(?:open|listening|ready)/i,
  /\blistening (?:on|at)[: ]{1,2}(\d{2,5})\b(?![:.\d])/i,
]

const loggedIn = (text: string): ListeningPorts['logged'] =>
  text.split('\n', 400).flatMap((raw) => {
    const line = raw.slice(0, 400)
    if (
      /\b(?:metrics|prometheus|health\w{0,10}|admin|pprof|debug\w{0,4}|probe|error|fail(?:ed|ure)?|refused|unable|cannot|connect(?:ed|ing)? to|client|upstream|forward)\b/i.test(
        line,
      )
    )
      return []
    for (const pattern of listening) {
      const port = Number(pattern.exec(line)?.[1])
      if (Number.isInteger(port) && port >= 10 && port <= 65535) return [{ port, line: short(line, 160) }]
    }
    return []
  })

/** Helpers that meshes and platforms put beside an app; what they declare says nothing about it. */
const proxies =
  /^(?:istio-proxy|linkerd-proxy|envoy|vault-agent.*|cloud-sql-proxy|cloudsql-proxy|daprd|fluent.*|filebeat|promtail|otel.*|.*-exporter)$/

const probePort = (container: Container, probe: Probe | undefined): number | undefined => {
  const port = probe?.httpGet?.port ?? probe?.tcpSocket?.port ?? probe?.grpc?.port
  if (typeof port === 'number') return port
  return (container.ports ?? []).find((one) => one.name === port)?.containerPort
}

/** The pods of one workload often hold the very same container. */
const configured = new WeakMap<Container, readonly number[]>()

const configuredIn = (container: Container): readonly number[] => {
  const before = configured.get(container)
  if (before !== undefined) return before
  const ports = readConfigured(container)
  configured.set(container, ports)
  return ports
}

const readConfigured = (container: Container): readonly number[] => {
  const env = (container.env ?? [])
    .filter((one) =>
      /(?:^|_)(?:LISTEN_|HTTP_|SERVER_|APP_|GRPC_|BIND_)?(?:PORT|LISTEN|BIND|ADDR|ADDRESS)$/i.test(one.name ?? ''),
    )
    // DB_PORT and the like are where it connects to.
    .filter(
      (one) =>
        !/(?:DB|DATABASE|REDIS|POSTGRES|PG|MYSQL|MONGO|KAFKA|REMOTE|UPSTREAM|SMTP|PROXY|SERVICE)/i.test(one.name ?? ''),
    )
    .map((one) => /(?:^|:)(\d{2,5})$/.exec(one.value ?? '')?.[1])
  const words = [...(container.command ?? []), ...(container.args ?? [])].join(' ')
  const flags = [
    ...words.matchAll(
      /(?:--?(?:[a-z-]{0,20}port|p|listen|bind|addr|address|listen-address))[= ](?:[\w.*[\]]{0,40}:)?(\d{2,5})\b/gi,
    ),
  ].map((match) => match[1])
  return [...env, ...flags].flatMap((text) => (text === undefined ? [] : [Number(text)]))
}

/** What the spec, probes and log of a pod say about the ports that it serves. */
export const listeningPorts = (view: ClusterView, pod: Pod): ListeningPorts => {
  const containers = longRunning(pod.spec)
  const own = containers.filter((one) => !proxies.test(one.name))
  const logs = view.logs(pod.metadata.namespace ?? '', pod.metadata.name).filter((log) => !log.previous)
  const ready = isPodReady(pod)
  return {
    logged: logs.length === 0 ? [] : logs.flatMap((log) => loggedIn(log.text)),
    probed: containers.flatMap((one) =>
      [ready ? one.readinessProbe : undefined, ready ? one.livenessProbe : undefined].flatMap(
        (probe) => probePort(one, probe) ?? [],
      ),
    ),
    declaresAll: own.length > 0 && own.every((one) => (one.ports ?? []).length > 0),
    declared: declaredPorts(pod.spec).flatMap((one) => one.port.containerPort ?? []),
    configured: containers.flatMap(configuredIn),
  }
}
