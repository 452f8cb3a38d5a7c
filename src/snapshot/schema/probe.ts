import type { Probe } from '../../domain/kubernetes.ts'
import { f, int, intOrString, list, message, positive, text, textOrEmpty } from './shape.ts'

const httpGet = message<NonNullable<Probe['httpGet']>>({
  path: f(1, text),
  port: f(2, intOrString),
  host: f(3, text),
  scheme: f(4, text),
})
const tcpSocket = message<NonNullable<Probe['tcpSocket']>>({ port: f(1, intOrString), host: f(2, text) })
const grpc = message<NonNullable<Probe['grpc']>>({ port: f(1, int), service: f(2, text) })
const exec = message<NonNullable<Probe['exec']>>({ command: f(1, list(textOrEmpty)) })

/** A probe: one handler and its timings. */
export const probe = message<Probe>({
  exec: f([1, 1], exec),
  httpGet: f([1, 2], httpGet),
  tcpSocket: f([1, 3], tcpSocket),
  grpc: f([1, 4], grpc),
  initialDelaySeconds: f(2, positive),
  timeoutSeconds: f(3, positive),
  periodSeconds: f(4, positive),
  successThreshold: f(5, positive),
  failureThreshold: f(6, positive),
})

/** A hook has a handler and no timings. */
export const hook = message<Probe>({
  exec: f(1, exec),
  httpGet: f(2, httpGet),
  tcpSocket: f(3, tcpSocket),
  grpc: f(0, grpc),
  initialDelaySeconds: f(0, positive),
  timeoutSeconds: f(0, positive),
  periodSeconds: f(0, positive),
  successThreshold: f(0, positive),
  failureThreshold: f(0, positive),
})
