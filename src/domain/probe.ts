import type { Container, Probe } from './kubernetes.ts'

/** Why a probe failed, from the kubelet's words. */
export type ProbeFailure = {
  readonly kind: 'refused' | 'timeout' | 'status' | 'exec' | 'grpc' | 'name' | 'other'
  /** HTTP status code. */
  readonly status?: number
}

/** Reads the note of an Unhealthy event. */
export const probeFailure = (note: string): ProbeFailure => {
  const status = /statuscode: (\d{3})/i.exec(note)?.[1]
  if (status !== undefined) return { kind: 'status', status: Number(status) }
  if (/connection refused|connect: no route|connection reset|EOF/i.test(note)) return { kind: 'refused' }
  if (/context deadline exceeded|Client\.Timeout|timed out|i\/o timeout|timeout:/i.test(note))
    return { kind: 'timeout' }
  if (/no such host|couldn't find port|missing port|strconv/i.test(note)) return { kind: 'name' }
  if (/service unhealthy|grpc|responded with/i.test(note)) return { kind: 'grpc' }
  return { kind: /probe (?:failed|errored)/i.test(note) ? 'exec' : 'other' }
}

/** The port a probe asks: its number, the declared one of its name, or the bare name where nothing declares it. */
export const probePort = (
  container: Container | undefined,
  probe: Probe | undefined,
): { readonly port?: number; readonly undeclared?: string } => {
  const port = probe?.httpGet?.port ?? probe?.tcpSocket?.port ?? probe?.grpc?.port
  if (port === undefined) return {}
  if (typeof port === 'number') return { port }
  if (/^\d+$/.test(port)) return { port: Number(port) }
  const declared = (container?.ports ?? []).find((one) => one.name === port)?.containerPort
  return declared === undefined ? { undeclared: port } : { port: declared }
}

/** What a probe asks, in words: `GET /healthz on port 8081`, `TCP port 5432`, `exec pg_isready`. */
export const probeText = (container: Container | undefined, probe: Probe | undefined): string => {
  const { port, undeclared } = probePort(container, probe)
  const where = port ?? undeclared ?? '?'
  if (probe?.httpGet !== undefined) return `GET ${probe.httpGet.path ?? '/'} on port ${where}`
  if (probe?.tcpSocket !== undefined) return `TCP port ${where}`
  if (probe?.grpc !== undefined) return `gRPC health on port ${where}`
  if (probe?.exec !== undefined) return `exec ${(probe.exec.command ?? []).join(' ').slice(0, 80)}`
  return 'its check'
}

/** Seconds from the start of a container until a probe that always fails has used up its threshold. */
export const probeAllowance = (probe: Probe | undefined): number =>
  (probe?.initialDelaySeconds ?? 0) + (probe?.periodSeconds ?? 10) * (probe?.failureThreshold ?? 3)
