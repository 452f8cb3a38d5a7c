import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { type Expected, writeCase } from './case.ts'
import { crashing } from './failing.ts'
import { container, type Doc, endpointSlice, service } from './objects.ts'

/**
 * Faults behind what they do to others: the fault of a plain case, and a client of that workload, asked about, that crashes
 * because nothing answers. The cause stays what it was; the client's crash and the refused connection are its effects.
 */
const group = 'behind-a-client'
const plainCases: readonly (readonly [folder: string, id: string])[] = [
  ['images', 'image-pull-unauthorized-plain'],
  ['images', 'image-rate-limited-plain'],
  ['images', 'image-name-invalid-plain'],
  ['images', 'image-platform-mismatch-plain'],
  ['images', 'image-never-present-plain'],
  ['containers', 'app-crash-plain'],
  ['containers', 'port-conflict-plain'],
  ['containers', 'liveness-wrong-port'],
  ['containers', 'startup-wrong-path'],
  ['containers', 'readiness-plain'],
  ['containers', 'init-failing-plain'],
  ['containers', 'lifecycle-hook-plain'],
  ['references', 'missing-configmap-volume'],
  ['references', 'missing-configmap-key-items'],
  ['references', 'missing-secret-key-plain'],
  ['references', 'missing-service-account-plain'],
  ['references', 'missing-priority-class-plain'],
  ['references', 'missing-runtime-class-plain'],
  ['references', 'missing-pvc-plain'],
  ['references', 'volume-mount-failing-plain'],
]

const at = (doc: Doc | undefined, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((value, key) => (value as Doc | undefined)?.[key], doc)

const hide = (folder: string, id: string): void => {
  const from = join(import.meta.dirname, '..', 'cases', folder, id)
  const docs = parseAllDocuments(readFileSync(join(from, 'snapshot.yaml'), 'utf8')).map((one) => one.toJS() as Doc)
  const expected = JSON.parse(readFileSync(join(from, 'expected.json'), 'utf8')) as Expected
  const broken = docs.find(
    (doc) => doc['kind'] === 'Deployment' && Number(at(doc, 'status', 'availableReplicas') ?? 0) === 0,
  )
  if (broken === undefined) throw new Error(`${id} has no Deployment without available pods`)
  const [name, namespace] = [String(at(broken, 'metadata', 'name')), String(at(broken, 'metadata', 'namespace'))]
  const labels = at(broken, 'spec', 'selector', 'matchLabels') as Readonly<Record<string, string>>
  const containers = at(broken, 'spec', 'template', 'spec', 'containers') as readonly Doc[]
  const [port] = containers.flatMap((one) => (one['ports'] as readonly Doc[] | undefined) ?? [])
  const targetPort = port?.['containerPort'] ?? 8080
  const ports = [{ name: 'http', port: 80, targetPort, protocol: 'TCP' }]
  const front = service({ namespace, name, selector: labels, ports })
  const pods = docs.filter(
    (doc) =>
      doc['kind'] === 'Pod' &&
      at(doc, 'status', 'podIP') !== undefined &&
      Object.entries(labels).every(([key, value]) => at(doc, 'metadata', 'labels', key) === value),
  )
  const client = crashing({
    namespace,
    name: 'frontdesk',
    since: 15,
    container: container('app', {
      image: 'registry.example.com/frontdesk:5.2.0',
      env: [{ name: 'UPSTREAM', value: `http://${name}:80` }],
    }),
    log: `2026-11-20T09:57:58Z INFO starting frontdesk 5.2.0\n2026-11-20T09:57:59Z FATAL upstream http://${name}:80 is not available: dial tcp ${String(at(front, 'spec', 'clusterIP'))}:80: connect: connection refused\n`,
  })
  const effects = ['app-crash', 'dependency-unreachable'].filter((code) => expected.codes?.[0] !== code)
  writeCase(group, `${expected.codes?.[0] ?? id}-hidden`, [...docs, front, endpointSlice(front, pods), ...client], {
    ...expected,
    question: 'Why does frontdesk keep crashing?',
    mustNotCode: [...new Set([...(expected.mustNotCode ?? []), ...effects])],
  })
}

for (const [folder, id] of plainCases) hide(folder, id)
