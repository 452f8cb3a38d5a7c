import type { Hands } from '../controllers/hands.ts'
import type { Node } from '../controllers/objects.ts'
import type { KubeObject } from '../types.ts'

const files = ['kubelet.log', 'containerd.log', 'kern.log', 'syslog']

type Event = KubeObject & {
  reason: string
  message: string
  type: string
  lastTimestamp?: string
  source?: { host?: string }
}

/** Files below /var/log of a node: a listing for the folder, the text of a file, undefined for what is not there. */
export function nodeLogFiles(hands: Hands, node: Node, path: string): string | undefined {
  const name = path.replace(/^\/+|\/+$/g, '')
  if (name === '')
    return `<!doctype html>\n<pre>\n${[...files, 'pods/', 'containers/'].map((file) => `<a href="${file}">${file}</a>`).join('\n')}\n</pre>\n`
  if (!files.includes(name)) return undefined
  return `${linesOf(hands, node, name).join('\n')}\n`
}

function linesOf(hands: Hands, node: Node, file: string): string[] {
  const host = node.metadata.name
  const stamp = (at: string | undefined): string =>
    new Date(Date.parse(at ?? '') || hands.clock.now()).toUTCString().slice(5, 25)
  if (file === 'kern.log')
    return [
      `${stamp(node.metadata.creationTimestamp)} ${host} kernel: Linux version ${node.status.nodeInfo?.['kernelVersion'] ?? ''}`,
    ]
  if (file === 'containerd.log')
    return [
      `${stamp(node.metadata.creationTimestamp)} ${host} containerd[612]: containerd successfully booted in 0.041s`,
    ]
  const reported = hands.list<Event>('events').filter((event) => event.source?.host === host)
  const lines = reported.slice(-200).map((event) => {
    const level = event.type === 'Warning' ? 'E' : 'I'
    return `${stamp(event.lastTimestamp)} ${host} kubelet[874]: ${level} "${event.reason}" object="${event.metadata.namespace}/${event.metadata.name.split('.')[0]}" msg=${JSON.stringify(event.message)}`
  })
  return [
    `${stamp(node.metadata.creationTimestamp)} ${host} kubelet[874]: I "Started kubelet" version="${node.status.nodeInfo?.['kubeletVersion'] ?? ''}"`,
    ...lines,
  ]
}
